/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which exit code an errno is. Called by the verbs when something fails before a verdict. */
#include <errno.h>

#include "soak/verbs/verbs.h"

enum exit_code exit_code_of_error(int code)
{
	switch (-code) {
	case EINVAL:
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EEXIST:
	case ENOEXEC:
	case EACCES:
	case EROFS:
	case ESRCH:
		return EXIT_USAGE;
	default:
		return EXIT_CANNOT_RUN;
	}
}

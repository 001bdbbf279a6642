/* SPDX-License-Identifier: MIT */
/* Makes what was settled at the start read-only. Called by life.c. */
#include "src/settled.h"
#include "src/os.h"

struct hk_settled hk_settled;

void hk_settle(void)
{
	hk_os_make_read_only(&hk_settled, sizeof(hk_settled));
}

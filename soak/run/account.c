/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks up a user, and becomes it. Called before a program is started, and in its process. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "soak/run/account.h"

/* A number as chown(1) takes it. */
static bool parse_id(const char *text, unsigned int *ret_id)
{
	unsigned long long id;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	id = strtoull(text, &end, 10);
	if (*end || id >= UINT_MAX) /* -1 means "leave it" to the system calls */
		return false;
	*ret_id = id;
	return true;
}

static int find_group(const char *text, struct account *account, struct text *error)
{
	const struct group *group = getgrnam(text);

	account->group_given = true;
	if (group)
		account->gid = group->gr_gid;
	if (group || parse_id(text, &account->gid))
		return 0;
	return text_fail(error, -EINVAL, "no group is called %s", text);
}

int account_find(const char *text, struct account *ret_account, struct text *error)
{
	struct account account = {.home = "/"};
	const char *colon = strchr(text, ':');
	const struct passwd *user;
	char name[sizeof(account.name)];
	int code = 0;

	snprintf(name, sizeof(name), "%.*s", colon ? (int)(colon - text) : (int)strlen(text), text);
	user = getpwnam(name);
	if (!user && parse_id(name, &account.uid)) {
		user = getpwuid(account.uid);
	} else if (!user) {
		return text_fail(error, -EINVAL, "no user is called %s", name);
	}
	if (user) {
		account.uid = user->pw_uid;
		account.gid = user->pw_gid;
		snprintf(account.name, sizeof(account.name), "%s", user->pw_name);
		snprintf(account.home, sizeof(account.home), "%s", user->pw_dir);
	}
	if (colon)
		code = find_group(colon + 1, &account, error);
	if (!code && !user && !colon) {
		text_set(error, "no user has the number %s, so give a group: %s:GID", name, name);
		code = -EINVAL;
	}
	if (!code)
		*ret_account = account;
	return code;
}

static void drop_ambient(void)
{
	static const unsigned int capabilities[] = {
		CAP_BPF, CAP_PERFMON, CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_CHECKPOINT_RESTORE};

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capabilities[i], 0, 0);
}

static void set_or_unset(const char *variable, const char *value)
{
	if (value[0])
		setenv(variable, value, 1);
	else
		unsetenv(variable);
}

int account_become(const struct account *account)
{
	int code;

	if (geteuid() != 0)
		drop_ambient();
	if (!account || (account->uid == getuid() && !account->group_given))
		return 0;
	code = account->group_given || !account->name[0] ? setgroups(1, &account->gid)
							 : initgroups(account->name, account->gid);
	if (code || setgid(account->gid) || setuid(account->uid))
		return -1;
	set_or_unset("HOME", account->home);
	set_or_unset("USER", account->name);
	set_or_unset("LOGNAME", account->name);
	return 0;
}

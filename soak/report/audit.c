/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the account as text, CSV or JSON. Called by soak audit. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/report/audit.h"
#include "soak/report/json.h"
#include "soak/report/moments.h"
#include "soak/report/report.h"
#include "soak/report/utf8.h"

/* ---- what all formats need ------------------------------------------------------------------- */

/* Ops and seconds of each phase: what calls are divided by. */
struct audit {
	struct run *run;
	const struct audit_options *options;
	struct account_bounds bounds;
	double seconds[PHASE_COUNT + 1], ops[PHASE_COUNT + 1]; /* the last: of all phases */
	double allowed;   /* calls in steady state by the budget; NAN without ops */
	int rows, phases; /* that were shown */
	FILE *out;
	cJSON *array;
};

static double ops_at(struct run *run, double t_s)
{
	const double *t = run_times(run), *ops = run_sum(run, SERIES_OPS);
	double found = NAN;

	for (size_t i = 0; t && ops && i < run_sample_count(run); i++)
		if (t[i] <= t_s + 0.001 || isnan(found))
			found = ops[i];
	return found;
}

static void fill_phase(struct audit *audit, enum account_phase phase, double from_s, double to_s)
{
	if (to_s < from_s)
		to_s = from_s;
	audit->seconds[phase] = to_s - from_s;
	audit->ops[phase] = ops_at(audit->run, to_s) - ops_at(audit->run, from_s);
	audit->seconds[PHASE_COUNT] += to_s - from_s;
}

struct account_bounds audit_bounds(struct run *run, const struct judgement *judgement)
{
	const double *t = run_times(run);
	size_t n = run_sample_count(run);
	double last_s = n && t ? t[n - 1] : 0;
	double end_s = run_fact_number(run, "end_ns", last_s * 1e9) / 1e9;
	double startup_s = fmin(ACCOUNT_STARTUP_S, end_s);
	bool steady = judgement->first_s <= judgement->last_s;

	return (struct account_bounds){
		steady ? fmax(ceil(judgement->first_s - 0.1), startup_s) : end_s + 1, end_s};
}

static void begin(struct audit *audit, struct run *run, const struct judgement *judgement,
	const struct audit_options *options, FILE *out)
{
	const double *t = run_times(run);
	size_t n = run_sample_count(run);
	struct account_bounds bounds = audit_bounds(run, judgement);
	double last_s = n && t ? t[n - 1] : 0, end_s = bounds.end_s;
	double startup_s = fmin(ACCOUNT_STARTUP_S, end_s);

	*audit = (struct audit){.run = run, .options = options, .out = out, .bounds = bounds};
	fill_phase(audit, PHASE_STARTUP, 0, startup_s);
	fill_phase(audit, PHASE_WARMUP, startup_s, fmin(bounds.steady_s, end_s));
	fill_phase(audit, PHASE_STEADY, bounds.steady_s, end_s);
	fill_phase(audit, PHASE_TEARDOWN, end_s, last_s);
	audit->ops[PHASE_COUNT] = ops_at(run, last_s);
	audit->allowed = judgement->rules[RULE_SYSCALL_BUDGET].target * audit->ops[PHASE_STEADY];
}

static enum account_phase phase_of(const struct account_row *row, enum account_phase otherwise)
{
	for (int p = 0; row->phase && p < PHASE_COUNT; p++)
		if (strcmp(row->phase, account_phase_name(p)) == 0)
			return p;
	return otherwise;
}

static double per(double calls, double what)
{
	return what > 0 ? calls / what : NAN;
}

static double errors_of(const struct account_row *row)
{
	return row->errors == ACCOUNT_NOT_COUNTED ? NAN : (double)row->errors;
}

static int each(struct audit *audit, unsigned int keys, enum account_phase phase, account_fn *fn)
{
	return run_account(audit->run, &audit->bounds, keys, phase, fn, audit);
}

/* All phases, those without a call as well: what a run lacks shall be seen. */
static int each_phase(struct audit *audit, account_fn *fn)
{
	int code = 0;

	for (int p = 0; !code && p < PHASE_COUNT; p++) {
		struct account_row none = {.phase = account_phase_name(p)};
		int before = audit->phases;

		code = each(audit, 1u << ACCOUNT_PHASE, p, fn);
		if (!code && audit->phases == before)
			fn(audit, &none);
	}
	return code;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_number(FILE *out, int width, int digits, char form, double value)
{
	char text[32];

	snprintf(text, sizeof(text),
		form == 'e'   ? "%.*e"
		: form == 'f' ? "%.*f"
			      : "%.*g",
		digits, value);
	fprintf(out, " %*s", width, isnan(value) ? "-" : text);
}

static void print_counts(struct audit *audit, const struct account_row *row)
{
	enum account_phase phase = phase_of(row, audit->options->phase);
	FILE *out = audit->out;

	fprintf(out, "%12lld", (long long)row->calls);
	print_number(out, 9, 3, 'g', per(row->calls, audit->seconds[phase]));
	print_number(out, 9, 2, 'e', per(row->calls, audit->ops[phase]));
	print_number(out, 7, 0, 'f', errors_of(row));
	fprintf(out, " %10s", say_bytes(row->bytes).text);
	print_number(out, 9, 3, 'f', row->ns ? row->ns / 1e6 : NAN);
}

static void print_phase(void *context, const struct account_row *row)
{
	struct audit *audit = context;
	enum account_phase phase = phase_of(row, PHASE_COUNT);

	audit->phases++;
	fprintf(audit->out, "  %-10s %8.1f", account_phase_name(phase), audit->seconds[phase]);
	print_counts(audit, row);
	if (phase == PHASE_STEADY && audit->allowed > 0)
		fprintf(audit->out, " %8.3g %%", 100 * row->budget_calls / audit->allowed);
	fputc('\n', audit->out);
}

void audit_print_caller(FILE *out, const struct account_row *row)
{
	if (!row->certainty) {
		fputs("(counted under no caller)", out);
		return;
	}
	if (row->program) {
		utf8_print_text(out, row->program);
		fputs(": ", out);
	}
	if (!row->caller)
		fputs("unknown, by ", out);
	utf8_print_text(out, row->caller ? row->caller : row->stack);
	if (row->several)
		fputs(" (several callers)", out);
	if (strcmp(row->certainty, "heuristic") == 0)
		fputs(" (heuristic)", out);
	if (row->allocator)
		fputs(" [allocator]", out);
}

static void print_row(void *context, const struct account_row *row)
{
	struct audit *audit = context;
	unsigned int keys = audit->options->keys;
	FILE *out = audit->out;

	if (audit->options->top && audit->rows++ >= audit->options->top)
		return;
	fputs("  ", out);
	print_counts(audit, row);
	if (audit->allowed > 0 && phase_of(row, audit->options->phase) == PHASE_STEADY)
		print_number(out, 8, 3, 'g', 100 * row->budget_calls / audit->allowed);
	else
		print_number(out, 8, 3, 'g', NAN);
	fprintf(out, " %8.1f %8.1f", row->first_s, row->last_s);
	if (row->phase)
		fprintf(out, "  %-9s", row->phase);
	if (row->syscall || row->kind)
		fprintf(out, "  %s%s%s", row->syscall ? row->syscall : "", row->kind ? ":" : "",
			row->kind ? row->kind : "");
	if (row->process)
		fprintf(out, "  process %lld", (long long)row->pid);
	if (row->process && row->program && !(keys >> ACCOUNT_CALLER & 1)) {
		fputc(' ', out);
		utf8_print_text(out, row->program);
	}
	if (keys >> ACCOUNT_CALLER & 1) {
		fputs("  ", out);
		audit_print_caller(out, row);
	}
	fputc('\n', out);
}

struct shares {
	double calls[4]; /* exact, heuristic, unknown, without a place */
};

static void add_share(void *context, const struct account_row *row)
{
	struct shares *shares = context;
	int i = !row->certainty                            ? 3
		: strcmp(row->certainty, "exact") == 0     ? 0
		: strcmp(row->certainty, "heuristic") == 0 ? 1
							   : 2;

	shares->calls[i] += row->calls;
}

/* How well callers are known, in per cent of the whole run's calls; without callers all NaN. */
static int count_shares(struct audit *audit, struct shares *ret_shares)
{
	double sum = 0;
	int code;

	*ret_shares = (struct shares){{NAN, NAN, NAN, NAN}};
	if (!run_account_has(audit->run, 1u << ACCOUNT_CALLER))
		return 0;
	*ret_shares = (struct shares){{0}};
	code = run_account(audit->run, &audit->bounds, 1u << ACCOUNT_CALLER, PHASE_COUNT, add_share,
		ret_shares);
	for (int i = 0; i < 4; i++)
		sum += ret_shares->calls[i];
	for (int i = 0; i < 4 && sum > 0; i++)
		ret_shares->calls[i] *= 100 / sum;
	return code;
}

static void print_shares(FILE *out, const struct shares *shares)
{
	if (isnan(shares->calls[0]))
		fputs("  callers: none were recorded\n\n", out);
	else
		fprintf(out,
			"  callers: %.4g %% of all calls exact, %.4g %% heuristic, %.4g %% "
			"unknown, %.4g %% without a place\n\n",
			shares->calls[0], shares->calls[1], shares->calls[2], shares->calls[3]);
}

static void print_budget(struct audit *audit, const struct judgement *judgement)
{
	const struct rule_result *rule = &judgement->rules[RULE_SYSCALL_BUDGET];

	if (audit->ops[PHASE_STEADY] > 0)
		fprintf(audit->out,
			"  budget: %.3g calls of mmap, munmap, madvise and process_madvise per "
			"op, %.3g in the %s ops of the steady window\n",
			rule->target, audit->allowed, say_count(audit->ops[PHASE_STEADY]).text);
	else
		fputs("  budget: no ops were counted in a steady window, so no call can be held "
		      "against them\n",
			audit->out);
}

static void print_head(FILE *out, struct run *run, const struct judgement *judgement)
{
	report_print_what(out, &(struct report){.run = run});
	if (judgement->from_s <= judgement->to_s)
		fprintf(out, "; steady window %.1f s to %.1f s\n", judgement->from_s,
			judgement->to_s);
	else
		fputs("; no steady window\n", out);
	moments_print_marks(out, run);
	moments_print_excluded(out, &judgement->excluded);
	fputc('\n', out);
}

int audit_print(FILE *out, struct run *run, const struct judgement *judgement,
	const struct audit_options *options)
{
	struct audit audit;
	struct shares shares;
	int code;

	begin(&audit, run, judgement, options, out);
	if (!run_account_has(run, options->keys))
		return -ENOENT;
	code = count_shares(&audit, &shares);
	if (code)
		return code;
	print_head(out, run, judgement);
	fprintf(out, "  %-10s %8s %12s %9s %9s %7s %10s %9s  of budget\n", "phase", "seconds",
		"calls", "per s", "per op", "errors", "bytes", "time ms");
	code = each_phase(&audit, print_phase);
	print_budget(&audit, judgement);
	print_shares(out, &shares);
	fprintf(out, "  %s:\n  %12s %9s %9s %7s %10s %9s %8s %8s %8s\n",
		options->phase < PHASE_COUNT ? account_phase_name(options->phase) : "all phases",
		"calls", "per s", "per op", "errors", "bytes", "time ms", "budget %", "first s",
		"last s");
	if (!code)
		code = each(&audit, options->keys, options->phase, print_row);
	if (!audit.rows && options->top)
		fputs(options->phase < PHASE_COUNT
				? "  no call; --phase all shows those of all phases\n"
				: "  no call\n",
			out);
	else if (options->top && audit.rows > options->top)
		fprintf(out, "  and %d further rows: --top 0 shows all\n",
			audit.rows - options->top);
	return code;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_row(void *context, const struct account_row *row)
{
	struct audit *audit = context;
	enum account_phase phase = phase_of(row, audit->options->phase);
	cJSON *object;

	if (audit->options->top && audit->rows++ >= audit->options->top)
		return;
	audit->phases++;
	object = cJSON_CreateObject();
	json_text(object, "phase", row->phase);
	json_text(object, "syscall", row->syscall);
	json_text(object, "kind", row->kind);
	if (row->process)
		cJSON_AddNumberToObject(object, "pid", row->pid);
	json_text(object, "program", row->program);
	if (audit->options->keys >> ACCOUNT_CALLER & 1) {
		json_text(object, "caller", row->caller);
		json_text(object, "module", row->module);
		json_text(object, "certainty", row->certainty ? row->certainty : "none");
		cJSON_AddBoolToObject(object, "several", row->several);
		cJSON_AddBoolToObject(object, "allocator", row->allocator);
		json_text(object, "stack", row->stack);
	}
	json_number(object, "calls", row->calls);
	json_number(object, "errors", errors_of(row));
	json_number(object, "bytes", row->bytes);
	json_number(object, "time_ns", row->ns);
	json_number(object, "calls_per_s", per(row->calls, audit->seconds[phase]));
	json_number(object, "calls_per_op", per(row->calls, audit->ops[phase]));
	json_number(object, "budget_share",
		phase == PHASE_STEADY ? per(row->budget_calls, audit->allowed) : NAN);
	json_number(object, "first_s", row->first_s);
	json_number(object, "last_s", row->last_s);
	cJSON_AddItemToArray(audit->array, object);
}

static void add_attribution(cJSON *root, const struct shares *shares)
{
	static const char *const names[] = {"exact", "heuristic", "unknown", "none"};
	cJSON *object = cJSON_AddObjectToObject(root, "attribution_pct");

	for (int i = 0; i < 4; i++)
		json_number(object, names[i], shares->calls[i]);
}

int audit_json(FILE *out, struct run *run, const struct judgement *judgement,
	const struct audit_options *options)
{
	struct audit_options all = {1u << ACCOUNT_PHASE, PHASE_COUNT, 0};
	cJSON *root = cJSON_CreateObject();
	struct shares shares;
	struct audit audit;
	int code;

	begin(&audit, run, judgement, &all, out);
	code = run_account_has(run, options->keys) ? count_shares(&audit, &shares) : -ENOENT;
	json_number(root, "budget_calls_per_op", judgement->rules[RULE_SYSCALL_BUDGET].target);
	json_number(root, "budget_calls", audit.allowed);
	add_attribution(root, &shares);
	cJSON_AddItemToObject(root, "marks", moments_marks_json(run));
	cJSON_AddItemToObject(root, "excluded", moments_excluded_json(&judgement->excluded));
	audit.array = cJSON_AddArrayToObject(root, "phases");
	if (!code)
		code = each_phase(&audit, add_row);
	audit.options = options;
	audit.array = cJSON_AddArrayToObject(root, "rows");
	if (!code)
		code = each(&audit, options->keys, options->phase, add_row);
	if (!code)
		return json_print(out, root);
	cJSON_Delete(root);
	return code;
}

/* ---- folded stacks --------------------------------------------------------------------------- */

struct folding {
	FILE *out;
	enum audit_weight weight;
};

/* A line has frames between semicolons, and no other control character. */
static void print_frames(FILE *out, const char *text, char semicolon)
{
	for (; *text; text++)
		fputc(*text == ';' ? semicolon : (unsigned char)*text < ' ' ? '_' : *text, out);
}

static void print_folded(void *context, const struct account_row *row)
{
	const struct folding *folding = context;
	int64_t weight = folding->weight == WEIGHT_CALLS   ? row->calls
			 : folding->weight == WEIGHT_BYTES ? row->bytes
							   : row->ns;

	if (weight <= 0)
		return;
	print_frames(folding->out, row->program ? row->program : "?", '_');
	fputc(';', folding->out);
	print_frames(folding->out, row->stack && *row->stack ? row->stack : "[unknown]", ';');
	fprintf(folding->out, ";%s:%s %lld\n", row->syscall, row->kind, (long long)weight);
}

int audit_folded(FILE *out, struct run *run, const struct judgement *judgement,
	const struct audit_options *options, enum audit_weight weight)
{
	struct folding folding = {out, weight};
	struct audit audit;

	begin(&audit, run, judgement, options, out);
	return run_account(run, &audit.bounds,
		1u << ACCOUNT_SYSCALL | 1u << ACCOUNT_KIND | 1u << ACCOUNT_CALLER |
			1u << ACCOUNT_STACK,
		options->phase, print_folded, &folding);
}

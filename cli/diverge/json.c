/*
 * The same as JSON, schema ringside.diverge/1 (docs/report.md).
 */
#include "diverge/diverge.h"
#include "why.h"

static void write_position(struct json *j, const char *key, const struct session_position *at)
{
    json_open_flat(j, key, '{');
    json_count(j, "insn", at->insn);
    json_count(j, "cycle", at->cycle);
    json_count(j, "exit", at->exit);
    json_close(j, '}');
}

static void write_key(struct json *j, const char *key, const struct work_key *work)
{
    json_open_flat(j, key, '{');
    json_count(j, "pid", work->pid);
    json_count(j, "entry", work->entry);
    json_count(j, "insns", work->insns);
    json_close(j, '}');
}

static void write_registers(struct json *j, const struct cpu_state *c)
{
    static const char *const names[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    char text[16];
    json_open_flat(j, "registers", '{');
    for (unsigned r = 0; r < 8; r++) {
        (void)snprintf(text, sizeof text, "%08x", c->gpr[r]);
        json_text(j, names[r], text);
    }
    (void)snprintf(text, sizeof text, "%08x", c->eip);
    json_text(j, "eip", text);
    (void)snprintf(text, sizeof text, "%08x", c->eflags);
    json_text(j, "eflags", text);
    json_close(j, '}');
}

static void write_side(struct json *j, struct side *side)
{
    struct place p;
    char tail[600];
    const struct hv *hv = session_hv(side->s);
    place_look(side, &p);
    json_open(j, NULL, '{');
    json_text(j, "name", side->name);
    json_text(j, "mode", hv->mode->name);
    json_text(j, "cpu", hv->mode->has_hypervisor ? hv->config.cpu.name : "");
    json_text(j, "profile", side->options.profile);
    json_bool(j, "recording", side->recorded);
    json_text(j, "ended", side->over ? session_why_names[side->end.why] : "");
    json_text(j, "reason", side->over ? side->end.text : "");
    write_position(j, "at", &p.at);
    json_text(j, "code", p.code);
    json_text(j, "symbol", p.name);
    json_text(j, "program", p.user ? p.program : "");
    write_registers(j, &p.cpu);
    json_text(j, "console_tail", console_tail(side, tail, sizeof tail));
    json_close(j, '}');
}

static void write_difference(struct json *j, const char *key, const struct difference *d)
{
    if (d->kind == DIFFERENT_NOTHING) {
        json_null(j, key);
        return;
    }
    json_open(j, key, '{');
    json_text(j, "kind", difference_names[d->kind]);
    json_text(j, "text", d->text);
    if (d->has_key)
        write_key(j, "key", &d->key);
    else
        json_null(j, "key");
    json_text(j, "program", d->program);
    json_bool(j, "to_instruction", d->to_instruction);
    json_bool(j, "in_kernel", d->kernel);
    if (d->to_instruction && d->kernel)
        json_count(j, d->after_noticed ? "before_return" : "after_entry", d->steps);
    if (d->to_instruction && !d->kernel)
        write_key(j, "equal_up_to", &d->equal);
    else
        json_null(j, "equal_up_to");
    json_text(j, "changes", d->changes);
    json_open_flat(j, "writes_it", '[');
    for (unsigned i = 0; i < 2; i++)
        json_bool(j, NULL, d->stands[i]);
    json_close(j, ']');
    json_close(j, '}');
}

static void write_compared(struct json *j, const struct diverge *v)
{
    json_open_flat(j, "compared", '{');
    json_count(j, "entries", v->entries);
    json_count(j, "returns", v->returns);
    json_count(j, "processes", v->processes);
    json_count(j, "memories", v->memories);
    json_count(j, "console_bytes", v->console_bytes);
    json_count(j, "disk_bytes", v->disk_bytes);
    json_close(j, '}');
}

void diverge_json(struct diverge *v, struct json *j)
{
    json_open(j, NULL, '{');
    json_text(j, "schema", "ringside.diverge/1");
    json_bool(j, "equal", v->first.kind == DIFFERENT_NOTHING);
    json_bool(j, "cut", v->cut);
    write_compared(j, v);
    write_difference(j, "difference", &v->first);
    json_open(j, "sides", '[');
    for (unsigned i = 0; i < 2; i++)
        write_side(j, &v->side[i]);
    json_close(j, ']');
}

void diverge_json_why(const struct diverge *v, struct json *j)
{
    json_open(j, "trials", '[');
    for (unsigned i = 0; i < v->trials; i++) {
        const struct trial *t = &v->trial[i];
        json_open(j, NULL, '{');
        json_open_flat(j, "cpus", '[');
        for (unsigned side = 0; side < 2; side++)
            json_text(j, NULL, t->cpu[side]);
        json_close(j, ']');
        write_difference(j, "difference", &t->result);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "bites", '[');
    for (unsigned side = 0; v->explained && side < 2; side++)
        for (unsigned i = 0; i < v->rows[side]; i++) {
            const char letter[2] = {v->side[side].letter, 0};
            json_open_flat(j, NULL, '{');
            json_text(j, "side", letter);
            json_text(j, "instruction", why_trap_name(v->row[side][i]));
            json_close(j, '}');
        }
    json_close(j, ']');
    json_close(j, '}');
    (void)fputc('\n', j->to);
}

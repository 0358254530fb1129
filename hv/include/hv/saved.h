/*
 * Everything that makes up the state of a hypervisor, its machine and its VMs, as bytes: for
 * snapshots, saved sessions and comparison.
 *
 * RAM is not among it: it is in machine->ram with its dirty marks, and whoever takes snapshots
 * copies pages. Wires and caches (reverse maps, decoded blocks, host pointers) are derived again.
 *
 * A state can be taken between any two hv_run calls: with the guest on the CPU, or in the middle of
 * an exit, where a limit or a break stopped the hypervisor's work.
 */
#ifndef HV_SAVED_H
#define HV_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/state.h"
#include "sim/status.h"

struct hv;

#define SAVED_SHARED (-1) /* of the machine or the hypervisor, not of a VM */

/* `count` structs of one kind, one behind the other. */
struct state_region {
    const char *name; /* "p2m" */
    const struct state_desc *desc;
    void *data;
    uint32_t count;
    int vm;      /* whose, or SAVED_SHARED */
    bool record; /* of what happened, for reports: decides nothing that comes */
};

/*
 * Bytes of the packed state. The same for the life of an hv (all regions are fixed by the
 * configuration).
 */
size_t hv_saved_size(struct hv *hv);

/* Packs all regions, little-endian, field by field, into out (hv_saved_size bytes). */
void hv_saved_pack(struct hv *hv, uint8_t *out);

/*
 * Writes a packed state back. RAM must hold the pages of the same moment already. Everything
 * derived is made again; counters and the ring of exits are as they were. SIM_BAD_INPUT: n is not
 * hv_saved_size, or a number in it is impossible (an index outside its table): hv is then unusable
 * until a good state is put in. Hooks, sink and limits stay as they are.
 *
 * What is checked is that no number leads out of a table of ours; of a state from a stranger ask
 * hv_audit as well, whether what it grants the guests is theirs.
 */
enum sim_status hv_saved_unpack(struct hv *hv, const uint8_t *in, size_t n, struct sim_error *err);

/*
 * The same for what hv_saved_pack of this very hv wrote, at whatever moment: nothing is checked. In
 * the middle of an exit counts may not add up, which hv_saved_unpack would refuse. Fails only
 * without memory.
 */
enum sim_status hv_saved_put_back(struct hv *hv, const uint8_t *in, struct sim_error *err);

/*
 * A digest of what must be equal for a state to fit: mode, CPU model, io, RAM, VMs, seed, profile,
 * regions with their versions and sizes.
 */
uint64_t hv_saved_layout(struct hv *hv);

/*
 * Where two packed states of this hv differ first: "vm0 p2m[17].mfn". False: they are equal, text
 * is empty.
 */
bool hv_saved_difference(struct hv *hv, const uint8_t *a, const uint8_t *b, char *text,
                         unsigned text_size);

#endif

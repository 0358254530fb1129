/*
 * What a paravirtual guest finds in memory: start_info when it begins, shared_info as long as it
 * runs.
 *
 * Xen's public structures for x86_32 without PAE (xen.h), with `DEVIATION:` fields at start_info's
 * end that replace grant tables and xenstore: the block rings' frames and event channels.
 */
#ifndef HV_ABI_PV_SHARED_H
#define HV_ABI_PV_SHARED_H

#include <stdint.h>

#define PV_MAX_VCPUS     32
#define PV_CMDLINE_SIZE  1024
#define PV_BLOCK_DEVICES 2
#define PV_MAGIC         "xen-3.0-x86_32"

/* One virtual CPU's part of shared_info: 64 bytes. */
struct pv_vcpu_info {
    uint8_t evtchn_upcall_pending; /* an unmasked event channel is pending */
    uint8_t evtchn_upcall_mask; /* the virtual interrupt flag, inverted: a memory write, no trap */
    uint8_t pad[2];
    uint32_t evtchn_pending_sel; /* which words of evtchn_pending to look at */
    uint32_t cr2;                /* linear address of the last page fault */
    uint32_t arch_pad[5];
    /* Time: odd version = being changed. ns = system_time + ((tsc - tsc_timestamp) << shift) * mul
     * / 2^32. */
    uint32_t time_version;
    uint32_t time_pad;
    uint32_t tsc_timestamp[2]; /* low, high */
    uint32_t system_time[2];   /* ns since the guest began */
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    int8_t time_pad1[3];
};

/* One page, mapped by the guest where it likes (start_info.shared_info: its machine address). */
struct pv_shared_info {
    struct pv_vcpu_info vcpu_info[PV_MAX_VCPUS];
    uint32_t evtchn_pending[32];
    uint32_t evtchn_mask[32];
    uint32_t wc_version; /* wall clock at system time 0 */
    uint32_t wc_sec;
    uint32_t wc_nsec;
    uint32_t max_pfn;
    uint32_t pfn_to_mfn_frame_list_list;
    uint32_t nmi_reason;
};

/* DEVIATION: a disk, known without xenstore. mfn 0: there is none. */
struct pv_block_info {
    uint32_t mfn;     /* frame of the ring, already the guest's */
    uint32_t evtchn;  /* its event channel */
    uint32_t sectors; /* of 512 bytes */
    uint32_t read_only;
};

/* Below the boot stack; its linear address is in ESI at the entry. */
struct pv_start_info {
    char magic[32];       /* PV_MAGIC */
    uint32_t nr_pages;    /* frames this guest has: pseudo-physical 0 .. nr_pages - 1 */
    uint32_t shared_info; /* machine address */
    uint32_t flags;
    uint32_t store_mfn;
    uint32_t store_evtchn;
    uint32_t console_mfn; /* frame of the console ring */
    uint32_t console_evtchn;
    uint32_t pt_base;      /* linear address of the page directory */
    uint32_t nr_pt_frames; /* directory and tables, one after the other */
    uint32_t mfn_list;     /* linear address of the p2m list: one uint32_t a frame */
    uint32_t mod_start;    /* linear address of a module */
    uint32_t mod_len;
    char cmd_line[PV_CMDLINE_SIZE];
    uint32_t first_p2m_pfn;
    uint32_t nr_p2m_frames;
    struct pv_block_info block[PV_BLOCK_DEVICES]; /* DEVIATION: see above */
};

_Static_assert(sizeof(struct pv_vcpu_info) == 64, "Xen's vcpu_info is 64 bytes");
_Static_assert(sizeof(struct pv_shared_info) <= 4096, "shared_info is one page");
_Static_assert(sizeof(struct pv_start_info) <= 4096, "start_info is one page");

#endif

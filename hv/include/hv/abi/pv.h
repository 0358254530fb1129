/*
 * The paravirtual interface: numbers, limits and fixed places, for the guest and the hypervisor
 * alike.
 *
 * Freestanding. Numbers, names of commands and structures follow Xen's public headers for 32-bit
 * guests without PAE (xen.h, arch-x86/xen-x86_32.h), in our own words; docs/pv-abi.md says which
 * part of them exists. Structures that cross the border are in pv_shared.h, pv_calls.h and
 * pv_rings.h; they have only 8-, 16- and 32-bit fields, so that 32-bit guest and 64-bit host lay
 * them out alike.
 */
#ifndef HV_ABI_PV_H
#define HV_ABI_PV_H

#define PV_HYPERCALL_VECTOR 0x82
#define PV_SYSCALL_VECTOR   0x80 /* may have a direct gate from ring 3 to ring 1 */

/* Linear space. The guest's tables and pointers end here; its segments reach 4 MiB further. */
#define PV_HOLE 0xfc000000u

/* Machine frame number to the guest's: 32-bit entries, read-only. */
#define PV_M2P_BASE    0xfc000000u
#define PV_M2P_END     0xfc400000u
#define PV_SEGMENT_END 0xfc400000u     /* no guest segment reaches beyond */
#define PV_GUEST_SLOTS (PV_HOLE >> 22) /* page-directory slots that are the guest's: 0 .. 1007 */
#define PV_M2P_INVALID 0xffffffffu     /* not a frame of this guest */

/* Descriptor table: 14 pages are the guest's; in the hypervisor's, these are always there. */
#define PV_GDT_GUEST_FRAMES  14
#define PV_GDT_GUEST_ENTRIES (PV_GDT_GUEST_FRAMES * 512)
#define PV_GDT_RESERVED_SEL  0xe000
#define PV_FLAT_RING1_CS     0xe019
#define PV_FLAT_RING1_DS     0xe021
#define PV_FLAT_RING1_SS     0xe021
#define PV_FLAT_RING3_CS     0xe02b
#define PV_FLAT_RING3_DS     0xe033
#define PV_FLAT_RING3_SS     0xe033

/* Errors, negative in EAX (Linux's numbers, as Xen's). */
#define PV_EPERM  1
#define PV_ENOENT 2
#define PV_ESRCH  3
#define PV_E2BIG  7
#define PV_ENOMEM 12
#define PV_EFAULT 14
#define PV_EBUSY  16
#define PV_EEXIST 17
#define PV_EINVAL 22
#define PV_ENOSPC 28
#define PV_ENOSYS 38

/* Domains: the only name a guest may use is its own. */
#define PV_DOMID_SELF 0x7ff0u

/* mmu_update: what the two low bits of a request's address ask for. */
#define PV_MMU_NORMAL_PT_UPDATE      0u
#define PV_MMU_MACHPHYS_UPDATE       1u
#define PV_MMU_PT_UPDATE_PRESERVE_AD 2u

/* update_va_mapping: what to flush. */
#define PV_UVMF_NONE           0u
#define PV_UVMF_TLB_FLUSH      1u
#define PV_UVMF_INVLPG         2u
#define PV_UVMF_FLUSHTYPE_MASK 3u

/* mmuext_op commands. */
#define PV_MMUEXT_PIN_L1_TABLE    0u
#define PV_MMUEXT_PIN_L2_TABLE    1u
#define PV_MMUEXT_UNPIN_TABLE     4u
#define PV_MMUEXT_NEW_BASEPTR     5u
#define PV_MMUEXT_TLB_FLUSH_LOCAL 6u
#define PV_MMUEXT_INVLPG_LOCAL    7u
#define PV_MMUEXT_TLB_FLUSH_MULTI 8u
#define PV_MMUEXT_INVLPG_MULTI    9u
#define PV_MMUEXT_TLB_FLUSH_ALL   10u
#define PV_MMUEXT_INVLPG_ALL      11u
#define PV_MMUEXT_FLUSH_CACHE     12u
#define PV_MMUEXT_SET_LDT         13u
#define PV_MMUEXT_CLEAR_PAGE      16u
#define PV_MMUEXT_COPY_PAGE       17u

/* set_trap_table: flags of an entry. */
#define PV_TRAP_DPL         3u
#define PV_TRAP_MASK_EVENTS 4u

/* memory_op commands. */
#define PV_XENMEM_INCREASE_RESERVATION 0u
#define PV_XENMEM_DECREASE_RESERVATION 1u
#define PV_XENMEM_MAXIMUM_RAM_PAGE     2u
#define PV_XENMEM_CURRENT_RESERVATION  3u
#define PV_XENMEM_MAXIMUM_RESERVATION  4u
#define PV_XENMEM_POPULATE_PHYSMAP     6u

/* sched_op commands, and shutdown's reasons. */
#define PV_SCHEDOP_YIELD     0u
#define PV_SCHEDOP_BLOCK     1u
#define PV_SCHEDOP_SHUTDOWN  2u
#define PV_SCHEDOP_POLL      3u
#define PV_SHUTDOWN_POWEROFF 0u
#define PV_SHUTDOWN_REBOOT   1u
#define PV_SHUTDOWN_SUSPEND  2u
#define PV_SHUTDOWN_CRASH    3u
/* DEVIATION: not Xen's. Power off with an exit value in the low 16 bits, as port F4h of the machine
 * gives one. */
#define PV_SHUTDOWN_EXIT 0x10000u

/* event_channel_op commands; virtual interrupts; states that `status` reports. */
#define PV_EVTCHNOP_BIND_INTERDOMAIN 0u
#define PV_EVTCHNOP_BIND_VIRQ        1u
#define PV_EVTCHNOP_BIND_PIRQ        2u
#define PV_EVTCHNOP_CLOSE            3u
#define PV_EVTCHNOP_SEND             4u
#define PV_EVTCHNOP_STATUS           5u
#define PV_EVTCHNOP_ALLOC_UNBOUND    6u
#define PV_EVTCHNOP_BIND_IPI         7u
#define PV_EVTCHNOP_BIND_VCPU        8u
#define PV_EVTCHNOP_UNMASK           9u
#define PV_EVTCHNOP_RESET            10u
#define PV_VIRQ_TIMER                0u
#define PV_VIRQ_DEBUG                1u
#define PV_VIRQ_CONSOLE              2u
#define PV_NR_VIRQS                  24u
#define PV_EVTCHNSTAT_CLOSED         0u
#define PV_EVTCHNSTAT_UNBOUND        1u
#define PV_EVTCHNSTAT_INTERDOMAIN    2u
#define PV_EVTCHNSTAT_VIRQ           4u
#define PV_EVTCHNSTAT_IPI            5u
#define PV_EVENT_CHANNELS            1024u

/* vcpu_op commands. */
#define PV_VCPUOP_INITIALISE            0u
#define PV_VCPUOP_UP                    1u
#define PV_VCPUOP_DOWN                  2u
#define PV_VCPUOP_IS_UP                 3u
#define PV_VCPUOP_GET_RUNSTATE_INFO     4u
#define PV_VCPUOP_STOP_PERIODIC_TIMER   7u
#define PV_VCPUOP_SET_SINGLESHOT_TIMER  8u
#define PV_VCPUOP_STOP_SINGLESHOT_TIMER 9u

/* xen_version commands. */
#define PV_XENVER_VERSION             0u
#define PV_XENVER_EXTRAVERSION        1u
#define PV_XENVER_CAPABILITIES        3u
#define PV_XENVER_PLATFORM_PARAMETERS 5u
#define PV_XENVER_GET_FEATURES        6u
#define PV_XENVER_PAGESIZE            7u

/* console_io commands. */
#define PV_CONSOLEIO_WRITE 0u
#define PV_CONSOLEIO_READ  1u

/* ELF notes by which an image says that it is a paravirtual guest; the note's name is "Xen". */
#define PV_ELFNOTE_ENTRY        1
#define PV_ELFNOTE_VIRT_BASE    3
#define PV_ELFNOTE_PADDR_OFFSET 4
#define PV_ELFNOTE_XEN_VERSION  5
#define PV_ELFNOTE_GUEST_OS     6
#define PV_ELFNOTE_PAE_MODE     9

#endif

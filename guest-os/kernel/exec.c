/*
 * exec: a program file becomes the process's memory.
 *
 * Static ELF32 executables only. The whole program is read at once into a private space, which
 * costs nothing but stores; the machine gets its tables when they are complete. Only then is the
 * old space given up, so a bad file leaves the process as it was. (System V ABI, Intel386
 * supplement, Object Files; Process Initialization.)
 */
#include "kernel/fat.h"
#include "kernel/frame.h"
#include "kernel/proc.h"
#include "kernel/syscall.h"
#include "lib/string.h"

struct elf_header {
    uint32_t magic;
    uint8_t class, data, version, rest[9];
    uint16_t type, machine;
    uint32_t version2, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, unused[3];
};

struct elf_segment {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

#define ELF_MAGIC       0x464c457fu
#define ELF_CLASS_32    1
#define ELF_EXECUTABLE  2
#define ELF_MACHINE_386 3
#define ELF_LOAD        1
#define ELF_WRITABLE    2
#define SEGMENTS_MAX    8u

static int read_exactly(struct fat_node *node, uint32_t offset, void *to, uint32_t n)
{
    int got = fat_read(node, offset, to, n);
    return got < 0 ? got : got == (int)n ? 0 : -ENOEXEC;
}

static int load_page(struct space *space, struct fat_node *node, const struct elf_segment *s,
                     uint32_t page)
{
    uint32_t from = page > s->vaddr ? page : s->vaddr;
    uint32_t to = page + PAGE_SIZE;
    if (to > s->vaddr + s->filesz)
        to = s->vaddr + s->filesz;
    frame_t frame = space_map_zeroed(space, page, (s->flags & ELF_WRITABLE) != 0);
    if (frame == NO_FRAME)
        return -ENOMEM;
    return read_exactly(node, s->offset + (from - s->vaddr),
                        (char *)frame_address(frame) + from % PAGE_SIZE, to - from);
}

static int load_segment(struct space *space, struct fat_node *node, const struct elf_segment *s)
{
    if (s->memsz == 0)
        return 0;
    if (s->vaddr < USER_BASE || s->vaddr >= USER_MMAP || s->memsz > USER_MMAP - s->vaddr ||
        s->filesz > s->memsz)
        return -ENOEXEC;
    uint32_t start = page_floor(s->vaddr);
    uint32_t end = page_ceiling(s->vaddr + s->memsz);
    if (space_add_region(space, start, end, (s->flags & ELF_WRITABLE) != 0) != 0)
        return -ENOEXEC;
    struct region *heap = &space->regions[REGION_HEAP];
    if (heap->end < end)
        *heap = (struct region){end, end, true};
    int error = 0;
    for (uint32_t page = start; page < s->vaddr + s->filesz && error == 0; page += PAGE_SIZE)
        error = load_page(space, node, s, page);
    return error;
}

static int load_program(struct space *space, struct fat_node *node, uint32_t *entry)
{
    struct elf_header h;
    struct elf_segment segments[SEGMENTS_MAX];
    int error = read_exactly(node, 0, &h, sizeof h);
    if (error != 0)
        return error;
    if (h.magic != ELF_MAGIC || h.class != ELF_CLASS_32 || h.type != ELF_EXECUTABLE ||
        h.machine != ELF_MACHINE_386 || h.phentsize != sizeof *segments || h.phnum > SEGMENTS_MAX)
        return -ENOEXEC;
    error = read_exactly(node, h.phoff, segments, h.phnum * (uint32_t)sizeof *segments);
    for (unsigned i = 0; i < h.phnum && error == 0; i++)
        if (segments[i].type == ELF_LOAD)
            error = load_segment(space, node, &segments[i]);
    *entry = h.entry;
    return error;
}

/*
 * Fills the topmost stack page as main() expects it: argc, argv, the pointers and a null one; then,
 * in the upper half, the strings. They are still the old program's. Gives the new stack pointer, or
 * an error.
 */
static int build_arguments(char *page, const char *const *argv, uint32_t *esp)
{
    char *strings = page + PAGE_SIZE / 2;
    uint32_t address = USER_STACK_TOP - PAGE_SIZE / 2; /* where the program has them */
    uint32_t argc = 0;
    while (argv[argc] != NULL)
        argc++;
    uint32_t words = argc + 3;
    uint32_t *top = (uint32_t *)(void *)strings - words;
    *esp = address - words * 4;
    top[0] = argc;
    top[1] = *esp + 8;
    for (uint32_t i = 0, at = 0; i < argc; i++) {
        uint32_t from = (uint32_t)(uintptr_t)argv[i];
        int length = user_string(from, strings + at, PAGE_SIZE / 2 - at, -E2BIG);
        if (length < 0)
            return length;
        top[2 + i] = address + at;
        at += (uint32_t)length + 1;
    }
    return 0; /* the page was zero: the null pointer is there */
}

static int load_stack(struct space *space, const char *const *argv, uint32_t *esp)
{
    space->regions[REGION_STACK] =
        (struct region){USER_STACK_TOP - USER_STACK_SIZE, USER_STACK_TOP, true};
    frame_t frame = space_map_zeroed(space, USER_STACK_TOP - PAGE_SIZE, true);
    return frame == NO_FRAME ? -ENOMEM : build_arguments(frame_address(frame), argv, esp);
}

static void adopt_space(struct space *space)
{
    struct space old = current->space;
    space_activate(space);
    current->space = *space;
    arch_load_root(space->root);
    if (old.root != arch_kernel_root())
        space_destroy(&old);
}

int proc_exec(const char *path, const char *const *argv)
{
    struct fat_node *node;
    struct space space;
    uint32_t entry, esp;
    int error = fat_open(current->directory, path, OPEN_READ, &node);
    if (error != 0)
        return error;
    error = node->directory ? -EISDIR : space_create(&space);
    if (error == 0) {
        error = load_program(&space, node, &entry);
        if (error == 0)
            error = load_stack(&space, argv, &esp);
        if (error != 0)
            space_destroy(&space);
    }
    fat_close(node);
    if (error != 0)
        return error;
    const char *name = path;
    for (const char *s = path; *s != 0; s++)
        name = *s == '/' ? s + 1 : name;
    string_copy(current->name, name, sizeof current->name);
    current->fault_skip = 0;
    adopt_space(&space);
    struct trap_frame *frame = proc_frame(current);
    *frame = arch_user_frame;
    frame->eip = entry;
    frame->esp = esp;
    return 0;
}

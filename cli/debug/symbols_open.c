/*
 * Reading an ELF file: its symbols in order of address, then its lines.
 */
#include "debug/symbols.h"

#include <stdlib.h>
#include <string.h>

#if RINGSIDE_HAVE_LIBDW

#include "debug/symbols_private.h"

/* By address; functions before labels, so that the first of an address is the better name. */
static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    if (x->function != y->function)
        return x->function ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* A name that may go to a terminal, and that a person could have written. */
static bool is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p > '~')
            return false;
    return name[0] != 0;
}

static void take_symbol(struct symbols *s, const GElf_Sym *sym, const char *name)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);
    if ((type != STT_NOTYPE && type != STT_OBJECT && type != STT_FUNC) ||
        sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS || sym->st_value > UINT32_MAX ||
        !name || !is_name(name))
        return;
    s->symbol[s->symbols++] =
        (struct symbol){name, (uint32_t)sym->st_value,
                        sym->st_size > UINT32_MAX ? 0 : (uint32_t)sym->st_size, type == STT_FUNC};
}

static void read_table(struct symbols *s, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t each = gelf_fsize(s->elf, ELF_T_SYM, 1, EV_CURRENT);
    size_t n = data && each ? data->d_size / each : 0;
    if (!n || n > INT32_MAX || s->symbol)
        return;
    s->symbol = calloc(n, sizeof *s->symbol);
    for (size_t i = 0; s->symbol && i < n; i++) {
        GElf_Sym sym;
        if (gelf_getsym(data, (int)i, &sym))
            take_symbol(s, &sym, elf_strptr(s->elf, header->sh_link, sym.st_name));
    }
    if (s->symbol && s->symbols)
        qsort(s->symbol, s->symbols, sizeof *s->symbol, by_address);
}

static void read_symbols(struct symbols *s)
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(s->elf, section)) != NULL) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
            read_table(s, section, &header);
    }
}

static bool is_ours(Elf *elf)
{
    GElf_Ehdr header;
    return elf && elf_kind(elf) == ELF_K_ELF && gelf_getclass(elf) == ELFCLASS32 &&
           gelf_getehdr(elf, &header) && header.e_machine == EM_386 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB;
}

struct symbols *symbols_open(const uint8_t *bytes, size_t n)
{
    struct symbols *s = NULL;
    if (elf_version(EV_CURRENT) != EV_NONE && bytes && n)
        s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->bytes = malloc(n);
    s->size = n;
    if (s->bytes) {
        memcpy(s->bytes, bytes, n);
        s->elf = elf_memory(s->bytes, n);
    }
    if (!is_ours(s->elf)) {
        symbols_close(s);
        return NULL;
    }
    read_symbols(s);
    s->dwarf = dwarf_begin_elf(s->elf, DWARF_C_READ, NULL);
    if (s->dwarf) {
        s->cfi = dwarf_getcfi(s->dwarf);
        symbols_read_lines(s);
    }
    return s;
}

void symbols_close(struct symbols *s)
{
    if (!s)
        return;
    free(s->row);
    free(s->symbol);
    if (s->dwarf)
        (void)dwarf_end(s->dwarf);
    if (s->elf)
        (void)elf_end(s->elf);
    free(s->bytes);
    free(s);
}

#else

struct symbols *symbols_open(const uint8_t *bytes, size_t n)
{
    (void)bytes, (void)n;
    return NULL;
}

void symbols_close(struct symbols *s)
{
    (void)s;
}

#endif

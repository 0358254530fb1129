/*
 * FAT16: the volume, and the chains of clusters that files are.
 */
#include "kernel/fat_private.h"
#include "lib/string.h"

struct fat_volume fat;

static uint32_t number(const uint8_t *at, unsigned bytes)
{
    uint32_t v = 0;
    while (bytes-- > 0)
        v = v << 8 | at[bytes];
    return v;
}

static void stamp_boot_date(void)
{
    struct date d;
    arch_boot_date(&d);
    fat.date = (uint16_t)((d.year - 1980) << 9 | d.month << 5 | d.day);
    fat.time = (uint16_t)(d.hour << 11 | d.minute << 5 | d.second / 2);
}

int fat_mount(void)
{
    const uint8_t *boot = cache_get(0);
    if (boot == NULL)
        return -EIO;
    if (boot[510] != 0x55 || boot[511] != 0xaa || number(boot + 11, 2) != SECTOR_SIZE ||
        boot[13] == 0 || boot[16] == 0)
        return -EINVAL;
    uint32_t total = number(boot + 19, 2) != 0 ? number(boot + 19, 2) : number(boot + 32, 4);
    fat.cluster_sectors = boot[13];
    fat.fat_start = number(boot + 14, 2);
    fat.fats = boot[16];
    fat.fat_sectors = number(boot + 22, 2);
    fat.root_start = fat.fat_start + fat.fats * fat.fat_sectors;
    fat.root_sectors = number(boot + 17, 2) / FAT_ENTRIES_PER_SECTOR;
    fat.data_start = fat.root_start + fat.root_sectors;
    if (total > block_sectors() || total <= fat.data_start)
        return -EINVAL;
    uint32_t clusters = (total - fat.data_start) / fat.cluster_sectors;
    if (clusters < 4085 || clusters >= 65525) /* by definition FAT12 or FAT32 */
        return -EINVAL;
    fat.clusters_end = clusters + FAT_FIRST_CLUSTER;
    stamp_boot_date();
    return 0;
}

static uint16_t *fat_slot(uint32_t cluster, uint8_t **sector)
{
    if (cluster < FAT_FIRST_CLUSTER || cluster >= fat.clusters_end)
        return NULL;
    *sector = cache_get(fat.fat_start + cluster * 2 / SECTOR_SIZE);
    if (*sector == NULL)
        return NULL;
    return (uint16_t *)(void *)(*sector + cluster * 2 % SECTOR_SIZE);
}

int fat_next(uint32_t cluster)
{
    uint8_t *sector;
    const uint16_t *slot = fat_slot(cluster, &sector);
    if (slot == NULL)
        return -EIO;
    return *slot >= 0xfff8 ? (int)FAT_END : *slot;
}

/* Changes one link, in every copy of the table. */
static int fat_set(uint32_t cluster, uint16_t value)
{
    uint8_t *first;
    uint16_t *slot = fat_slot(cluster, &first);
    if (slot == NULL)
        return -EIO;
    *slot = value;
    int error = cache_write(first);
    uint32_t sector = fat.fat_start + cluster * 2 / SECTOR_SIZE;
    for (uint32_t copy = 1; copy < fat.fats && error == 0; copy++) {
        uint8_t *other = cache_get_zeroed(sector + copy * fat.fat_sectors);
        memcpy(other, first, SECTOR_SIZE);
        error = cache_write(other);
    }
    return error;
}

int fat_allocate(uint32_t after)
{
    static uint32_t hint = FAT_FIRST_CLUSTER;
    uint32_t count = fat.clusters_end - FAT_FIRST_CLUSTER;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cluster = FAT_FIRST_CLUSTER + (hint - FAT_FIRST_CLUSTER + i) % count;
        int next = fat_next(cluster);
        if (next < 0)
            return next;
        if (next != 0)
            continue;
        int error = fat_set(cluster, FAT_END);
        if (error == 0 && after != 0)
            error = fat_set(after, (uint16_t)cluster);
        hint = cluster;
        return error != 0 ? error : (int)cluster;
    }
    return -ENOSPC;
}

int fat_free_chain(uint32_t first)
{
    while (first != 0 && first != FAT_END) {
        int next = fat_next(first);
        int error = next < 0 ? next : fat_set(first, 0);
        if (error != 0)
            return error;
        first = (uint32_t)next;
    }
    return 0;
}

/* The node's first cluster, made if it has none and may grow; 0: none, or an error. */
static int first_cluster(struct fat_node *node, bool extend)
{
    if (node->first == 0 && extend) {
        int made = fat_allocate(0);
        if (made < 0)
            return made;
        node->first = (uint32_t)made;
    }
    return (int)node->first;
}

/* The node's index-th cluster; 0 past the end, or an error. */
static int cluster_at(struct fat_node *node, uint32_t index, bool extend)
{
    int cluster = first_cluster(node, extend);
    if (cluster <= 0)
        return cluster;
    uint32_t i = 0;
    if (node->seen_cluster != 0 && node->seen_index <= index) {
        i = node->seen_index;
        cluster = (int)node->seen_cluster;
    }
    for (; i < index; i++) {
        int next = fat_next((uint32_t)cluster);
        if (next == FAT_END)
            next = extend ? fat_allocate((uint32_t)cluster) : 0;
        if (next <= 0)
            return next;
        cluster = next;
    }
    node->seen_index = index;
    node->seen_cluster = (uint32_t)cluster;
    return cluster;
}

int64_t fat_sector(struct fat_node *node, uint32_t n, bool extend)
{
    if (node->entry == 0) { /* FAT16's root directory is no chain */
        if (n < fat.root_sectors)
            return fat.root_start + n;
        return extend ? -ENOSPC : 0;
    }
    int cluster = cluster_at(node, n / fat.cluster_sectors, extend);
    if (cluster <= 0)
        return cluster;
    uint32_t base = fat.data_start + ((uint32_t)cluster - FAT_FIRST_CLUSTER) * fat.cluster_sectors;
    return base + n % fat.cluster_sectors;
}

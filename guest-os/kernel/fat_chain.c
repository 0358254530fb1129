/*
 * FAT16: the volume, and the chains of clusters that files are.
 */
#include "kernel/fat_private.h"
#include "lib/string.h"

#define LINK_LAST  0xfff8 /* this and above end a chain */
#define LINK_END   0xffff /* the one that we write */
#define SIGNATURE  0xaa55
#define FAT12_MOST 4084u
#define FAT16_MOST 65524u

struct fat_volume fat;

struct boot_sector {
    uint8_t jump[3], oem[8];
    uint16_t sector_size;
    uint8_t cluster_sectors;
    uint16_t reserved_sectors;
    uint8_t fats;
    uint16_t root_entries, sectors;
    uint8_t media;
    uint16_t fat_sectors, track_sectors, heads;
    uint32_t hidden_sectors, many_sectors; /* when `sectors` is 0 */
    uint8_t rest[474];
    uint16_t signature;
} __attribute__((packed));

static void stamp_boot_date(void)
{
    struct date d;
    arch_boot_date(&d);
    fat.date = (uint16_t)((d.year - 1980) << 9 | d.month << 5 | d.day);
    fat.time = (uint16_t)(d.hour << 11 | d.minute << 5 | d.second / 2);
}

int fat_mount(void)
{
    const struct boot_sector *boot = cache_get(0);
    if (boot == NULL)
        return -EIO;
    if (boot->signature != SIGNATURE || boot->sector_size != SECTOR_SIZE ||
        boot->cluster_sectors == 0 || boot->fats == 0)
        return -EINVAL;
    uint32_t total = boot->sectors != 0 ? boot->sectors : boot->many_sectors;
    fat.cluster_sectors = boot->cluster_sectors;
    fat.fat_start = boot->reserved_sectors;
    fat.fats = boot->fats;
    fat.fat_sectors = boot->fat_sectors;
    fat.root_start = fat.fat_start + fat.fats * fat.fat_sectors;
    fat.root_sectors = boot->root_entries / FAT_ENTRIES_PER_SECTOR;
    fat.data_start = fat.root_start + fat.root_sectors;
    if (total > block_sectors() || total <= fat.data_start)
        return -EINVAL;
    uint32_t clusters = (total - fat.data_start) / fat.cluster_sectors;
    if (clusters <= FAT12_MOST || clusters > FAT16_MOST)
        return -EINVAL;
    fat.clusters_end = clusters + FAT_FIRST_CLUSTER;
    stamp_boot_date();
    return 0;
}

/* The cluster's link in one copy of the table; NULL when there is none or it cannot be read. */
static uint16_t *link_slot(uint32_t cluster, uint32_t copy)
{
    if (cluster < FAT_FIRST_CLUSTER || cluster >= fat.clusters_end)
        return NULL;
    char *sector = cache_get(fat.fat_start + copy * fat.fat_sectors + cluster * 2 / SECTOR_SIZE);
    return sector != NULL ? (uint16_t *)(void *)(sector + cluster * 2 % SECTOR_SIZE) : NULL;
}

static int get_link(uint32_t cluster)
{
    const uint16_t *slot = link_slot(cluster, 0);
    return slot != NULL ? *slot : -EIO;
}

static int set_link(uint32_t cluster, uint16_t value)
{
    int error = 0;
    for (uint32_t copy = 0; copy < fat.fats && error == 0; copy++) {
        uint16_t *slot = link_slot(cluster, copy);
        if (slot == NULL)
            return -EIO;
        *slot = value;
        error = cache_write(slot);
    }
    return error;
}

/* A cluster linked to nothing (and `after` to it, unless 0); its number or an error. */
static int allocate(uint32_t after)
{
    static uint32_t hint = FAT_FIRST_CLUSTER;
    uint32_t count = fat.clusters_end - FAT_FIRST_CLUSTER;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cluster = FAT_FIRST_CLUSTER + (hint - FAT_FIRST_CLUSTER + i) % count;
        int link = get_link(cluster);
        if (link < 0)
            return link;
        if (link != 0)
            continue;
        int error = set_link(cluster, LINK_END);
        if (error == 0 && after != 0)
            error = set_link(after, (uint16_t)cluster);
        hint = cluster;
        return error != 0 ? error : (int)cluster;
    }
    return -ENOSPC;
}

int fat_free_chain(uint32_t first)
{
    while (first != 0 && first < LINK_LAST) {
        int next = get_link(first);
        int error = next < 0 ? next : set_link(first, 0);
        if (error != 0)
            return error;
        first = (uint32_t)next;
    }
    return 0;
}

static uint32_t cluster_start(uint32_t cluster)
{
    return fat.data_start + (cluster - FAT_FIRST_CLUSTER) * fat.cluster_sectors;
}

/* Makes a chain longer, or begins it. New parts of directories are unused entries: zeroes. */
static int extend_chain(struct fat_node *node, uint32_t last)
{
    int cluster = allocate(last);
    if (cluster < 0)
        return cluster;
    if (last == 0)
        node->first = (uint32_t)cluster;
    for (uint32_t i = 0; i < fat.cluster_sectors && node->directory; i++) {
        int error = cache_write(cache_get_zeroed(cluster_start((uint32_t)cluster) + i));
        if (error != 0)
            return error;
    }
    return cluster;
}

/* The node's index-th cluster; 0 past the end, or an error. Followed from where it was seen last,
 * if that is on the way. */
static int cluster_at(struct fat_node *node, uint32_t index, bool extend)
{
    bool seen = node->seen_cluster != 0 && node->seen_index <= index;
    uint32_t i = seen ? node->seen_index : 0;
    int cluster = (int)(seen ? node->seen_cluster : node->first);
    for (int last = 0; cluster >= 0; i++) {
        if (cluster == 0 || cluster >= LINK_LAST)
            cluster = extend ? extend_chain(node, (uint32_t)last) : 0;
        if (cluster <= 0)
            break;
        if (i == index) {
            node->seen_index = index;
            node->seen_cluster = (uint32_t)cluster;
            break;
        }
        last = cluster;
        cluster = get_link((uint32_t)cluster);
    }
    return cluster;
}

int fat_sector(struct fat_node *node, uint32_t n, bool extend)
{
    if (node->entry == 0) { /* FAT16's root directory is no chain */
        if (n < fat.root_sectors)
            return (int)(fat.root_start + n);
        return extend ? -ENOSPC : 0;
    }
    int cluster = cluster_at(node, n / fat.cluster_sectors, extend);
    return cluster <= 0 ? cluster
                        : (int)(cluster_start((uint32_t)cluster) + n % fat.cluster_sectors);
}

/*
 * The frame allocator: a count of users for every frame, and a list of the free ones.
 *
 * Freed frames are linked through their own first word and reused last in, first out. Frames never
 * used yet are not on the list but above a watermark: booting touches no memory it does not need,
 * which under a hypervisor with shadow page tables would cost an exit a frame. A count above one is
 * copy-on-write's.
 */
#include "kernel/frame.h"

#include "kernel/print.h"
#include "lib/string.h"

static uint16_t *users;
static frame_t watermark, end;
static frame_t free_list = NO_FRAME;

void frame_init(const struct boot_info *boot)
{
    users = frame_address(boot->first_free);
    size_t bytes = boot->frames * sizeof *users;
    memset(users, 0, bytes);
    watermark = boot->first_free + page_ceiling(bytes) / PAGE_SIZE;
    end = boot->frames;
}

frame_t frame_alloc(void)
{
    frame_t frame = free_list;
    if (frame != NO_FRAME)
        free_list = *(frame_t *)frame_address(frame);
    else if (watermark < end)
        frame = watermark++;
    else
        return NO_FRAME;
    users[frame] = 1;
    return frame;
}

frame_t frame_alloc_zeroed(void)
{
    frame_t frame = frame_alloc();
    if (frame != NO_FRAME)
        memset(frame_address(frame), 0, PAGE_SIZE);
    return frame;
}

void frame_share(frame_t frame)
{
    ASSERT(users[frame] > 0 && users[frame] < UINT16_MAX);
    users[frame]++;
}

void frame_free(frame_t frame)
{
    ASSERT(frame < end && users[frame] > 0);
    if (--users[frame] > 0)
        return;
    *(frame_t *)frame_address(frame) = free_list;
    free_list = frame;
}

unsigned frame_users(frame_t frame)
{
    return users[frame];
}

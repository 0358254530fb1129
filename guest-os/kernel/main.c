/*
 * The kernel's beginning, told in order.
 *
 * arch's entry code found the memory and mapped it; everything from here on is the same in every
 * build.
 */
#include "kernel/block.h"
#include "kernel/cmdline.h"
#include "kernel/fat.h"
#include "kernel/file.h"
#include "kernel/frame.h"
#include "kernel/print.h"
#include "kernel/proc.h"
#include "lib/string.h"

#define HZ_LEAST 20u
#define HZ_MOST  10000u
#define INIT     "/bin/init"

static void mount_root(void)
{
    int error = fat_mount();
    if (error != 0)
        panic("the root device %s",
              error == -EINVAL ? "holds no FAT16 file system" : "cannot be read");
    kprintf("root: FAT16, 512-byte sectors\n");
}

/* Process 1's first steps, in kernel mode: what needs to sleep could not be done before. */
static void first_process(void)
{
    static const char *const no_arguments[] = {NULL};
    arch_irq_enable();
    mount_root();
    current->directory = fat_share(fat_root());
    for (int fd = 0; fd < 3; fd++)
        current->files[fd] = file_create(&console_file, fd == 0, fd != 0);
    int error = proc_exec(INIT, no_arguments);
    if (error != 0)
        panic("%s does not start: error %d", INIT, -error);
    arch_return_to_user(proc_frame(current));
}

_Noreturn void kmain(const struct boot_info *boot)
{
    char text[8];
    kprintf("Bantam 1.0\n");
    cmdline_init(boot->command_line);
    frame_init(boot);
    bool script = cmdline_get("run", text, sizeof text) >= 0;
    console_init(!script);
    bool prefer_ram = cmdline_get("root", text, sizeof text) > 0 && strcmp(text, "ram") == 0;
    if (!block_init(boot, prefer_ram))
        panic("no disk and no ramdisk module");
    proc_exit_sums = cmdline_get("exit", text, sizeof text) > 0 && strcmp(text, "sum") == 0;
    clock_hz = cmdline_number("hz", clock_hz);
    if (clock_hz < HZ_LEAST || clock_hz > HZ_MOST)
        panic("hz must be %u to %u", HZ_LEAST, HZ_MOST);
    arch_timer_start(clock_hz);
    proc_start_first(first_process);
    panic("the first process did not start");
}

/* Files, outputs and disks: what failed leaves every file as it was. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "file.h"

static struct complaint why;
static char folder[] = "/tmp/ringside-files-XXXXXX";
static char path[64];

static void make(const char *name, const void *bytes, size_t n)
{
    cr_assert_not_null(mkdtemp(strcpy(folder, "/tmp/ringside-files-XXXXXX")));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void expect(const char *text)
{
    struct file_bytes f;
    cr_assert(file_read(&f, "test", path, &why), "%s", why.what);
    cr_assert_str_eq((char *)f.bytes, text);
    file_free(&f);
}

static void clean(void)
{
    unlink(path);
    cr_assert_eq(rmdir(folder), 0, "something was left in %s", folder);
}

Test(output, replaces_only_when_committed)
{
    struct output o;
    make("out", "old", 3);
    cr_assert(output_open(&o, "--json", path, &why));
    fputs("new", o.stream);
    fflush(o.stream);
    expect("old");
    cr_assert(output_commit(&o, &why));
    expect("new");
    clean();
}

Test(output, abandoned_leaves_the_old_file_and_nothing_else)
{
    struct output o;
    make("out", "old", 3);
    cr_assert(output_open(&o, "--json", path, &why));
    fputs("new", o.stream);
    output_abandon(&o);
    expect("old");
    clean();
}

Test(output, keeps_the_old_files_mode)
{
    struct output o;
    struct stat st;
    make("out", "old", 3);
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert(output_open(&o, "--json", path, &why) && output_commit(&o, &why));
    cr_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
    clean();
}

Test(output, follows_a_symbolic_link)
{
    struct output o;
    char link[80];
    make("out", "old", 3);
    snprintf(link, sizeof link, "%s/link", folder);
    cr_assert_eq(symlink(path, link), 0);
    cr_assert(output_open(&o, "--json", link, &why));
    fputs("new", o.stream);
    cr_assert(output_commit(&o, &why));
    expect("new");
    unlink(link);
    clean();
}

Test(output, devices_are_written_directly)
{
    struct output o;
    struct stat st;
    cr_assert(output_open(&o, "--json", "/dev/null", &why));
    cr_assert_null(o.temp);
    cr_assert(output_commit(&o, &why));
    cr_assert(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
}

Test(output, a_full_device_is_reported)
{
    struct output o;
    cr_assert(output_open(&o, "--json", "/dev/full", &why));
    fputs("x", o.stream);
    cr_assert(!output_commit(&o, &why));
    cr_assert_eq(why.status, CLI_OURS);
}

Test(output, impossible_places_are_refused)
{
    struct output o;
    cr_assert(!output_open(&o, "--json", "/no/such/folder/x", &why));
    cr_assert(strstr(why.what, "--json /no/such/folder/x"), "%s", why.what);
    cr_assert(!output_open(&o, "--json", "/tmp", &why));
    cr_assert(!output_open(&o, "--json", "", &why));
}

Test(file, directory_is_no_file)
{
    struct file_bytes f;
    cr_assert(!file_read(&f, "--guest", "/tmp", &why));
    cr_assert(strstr(why.what, "directory"), "%s", why.what);
}

Test(disk, must_be_whole_sectors)
{
    struct disk_image d;
    static const char bytes[1000];
    make("disk", bytes, 1000);
    cr_assert(!disk_open(&d, path, false, &why));
    cr_assert(strstr(why.what, "1000 bytes"), "%s", why.what);
    clean();
    make("disk", bytes, 0);
    cr_assert(!disk_open(&d, path, false, &why));
    clean();
}

Test(disk, overlays_are_private_and_the_image_stays)
{
    struct disk_image d;
    struct disk_overlay a, b;
    static uint8_t bytes[20 * 512], sector[512], back[512];
    make("disk", bytes, sizeof bytes);
    cr_assert(disk_open(&d, path, false, &why), "%s", why.what);
    cr_assert(overlay_init(&a, &d, &why) && overlay_init(&b, &d, &why));
    struct disk_backend ba = overlay_backend(&a), bb = overlay_backend(&b);
    memset(sector, 0x5a, sizeof sector);
    cr_assert_eq(overlay_hash(&a), overlay_hash(&b));
    cr_assert(ba.write(ba.opaque, 19, sector)); /* the last chunk is not whole */
    cr_assert(bb.read(bb.opaque, 19, back));
    cr_assert_eq(back[0], 0);
    cr_assert(ba.read(ba.opaque, 19, back));
    cr_assert_arr_eq(back, sector, 512);
    cr_assert(ba.read(ba.opaque, 18, back));
    cr_assert_eq(back[511], 0);
    cr_assert_neq(overlay_hash(&a), overlay_hash(&b));
    cr_assert_eq(d.file.bytes[19 * 512], 0);
    cr_assert(!ba.read(ba.opaque, 20, back), "beyond the end");
    cr_assert(!ba.write(ba.opaque, 20, sector), "beyond the end");
    overlay_fini(&a);
    overlay_fini(&b);
    disk_close(&d);
    clean();
}

Test(disk, write_back_changes_the_file_only_if_asked)
{
    struct disk_image d;
    struct disk_overlay o;
    struct file_bytes f;
    static uint8_t bytes[4 * 512], sector[512];
    memset(sector, 'x', sizeof sector);
    for (int rw = 0; rw < 2; rw++) {
        make("disk", bytes, sizeof bytes);
        cr_assert(disk_open(&d, path, rw != 0, &why) && overlay_init(&o, &d, &why));
        struct disk_backend b = overlay_backend(&o);
        cr_assert(b.write(b.opaque, 2, sector));
        cr_assert(overlay_write_back(&o, &why), "%s", why.what);
        cr_assert(file_read(&f, "test", path, &why));
        cr_assert_eq(f.size, sizeof bytes);
        cr_assert_eq(f.bytes[2 * 512], rw ? 'x' : 0);
        cr_assert_eq(f.bytes[3 * 512], 0);
        file_free(&f);
        overlay_fini(&o);
        disk_close(&d);
        clean();
    }
}

Test(disk, writable_disk_must_be_a_file)
{
    struct disk_image d;
    cr_assert(!disk_open(&d, "/dev/zero_does_not_exist", true, &why));
    cr_assert(!disk_open(&d, "/dev/null", true, &why));
}

Test(complaints, of_a_long_one_beginning_and_end_are_told)
{
    char text[2001];
    memset(text, 'x', 2000);
    text[2000] = 0;
    complain(&why, NULL, "begins %s ends", text);
    cr_expect_lt(strlen(why.what), sizeof why.what);
    cr_expect(strncmp(why.what, "begins ", 7) == 0);
    cr_expect_str_eq(why.what + strlen(why.what) - 5, " ends");
    cr_expect(strstr(why.what, "..."));
}

Test(complaints, what_goes_on_like_a_character_for_ever_is_cut_too)
{
    struct {
        struct complaint of;
        char behind[4096];
    } room;
    char text[2001];
    memset(room.behind, 7, sizeof room.behind);
    for (unsigned n = 0; n < 6; n++) {
        memset(text, 0x80, 2000);
        memset(text, "\xf4\xe4\xc4x"[n % 4], n);
        text[2000] = 0;
        complain(&room.of, NULL, "%s", text);
        cr_expect_lt(strlen(room.of.what), sizeof room.of.what);
        for (size_t i = 0; i < sizeof room.behind; i++)
            cr_assert_eq(room.behind[i], 7, "%u bytes behind", (unsigned)i);
    }
}

/* Scripts: text and files brought onto the guest's command line. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "inputs.h"
#include "script.h"

static struct script s;
static struct complaint why;

static void from_file(const char *text)
{
    char path[] = "/tmp/ringside-script-XXXXXX", value[64];
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    snprintf(value, sizeof value, "@%s", path);
    bool ok = script_load(&s, value, &why);
    unlink(path);
    cr_assert(ok, "%s", why.what);
}

Test(script, text_is_taken_as_it_is)
{
    cr_assert(script_load(&s, "ls; cat /etc/motd | wc; halt 3", &why));
    cr_assert_str_eq(s.text, "ls; cat /etc/motd | wc; halt 3");
    cr_assert_str_eq(s.words, "");
    script_free(&s);
}

Test(script, lines_of_a_file_become_commands)
{
    from_file("# a comment\n\n  ls  \r\necho a;\nsleep 1 &\nhalt");
    cr_assert_str_eq(s.text, "ls\necho a;\nsleep 1 &\nhalt");
    script_free(&s);
}

Test(script, cmdline_lines_of_a_file_become_kernel_words)
{
    from_file("cmdline hz=1000\ncmdline root=ram\nls\n");
    cr_assert_str_eq(s.words, "hz=1000 root=ram");
    cr_assert_str_eq(s.text, "ls");
    script_free(&s);
}

Test(script, nothing_to_run_is_refused)
{
    cr_assert(!script_load(&s, "", &why));
    cr_assert(!script_load(&s, "  # only a comment", &why));
    script_free(&s);
}

Test(script, bytes_that_no_command_line_holds_are_refused)
{
    cr_assert(!script_load(&s, "echo \xe4", &why));
    cr_assert(strstr(why.what, "byte 5"), "%s", why.what);
    cr_assert(!script_load(&s, "echo \a", &why));
    script_free(&s);
}

Test(script, what_does_not_fit_is_refused)
{
    static char text[SCRIPT_MAX + 100];
    memset(text, 'x', sizeof text - 1);
    cr_assert(!script_load(&s, text, &why));
    script_free(&s);
}

Test(script, missing_file_is_named)
{
    cr_assert(!script_load(&s, "@/no/such/file", &why));
    cr_assert(strstr(why.what, "/no/such/file"));
    script_free(&s);
}

Test(script, tour_is_built_in_and_ends_by_itself)
{
    cr_assert(script_load(&s, "@tour", &why), "%s", why.what);
    cr_assert_not_null(strstr(s.text, "forkwait"));
    cr_assert_not_null(strstr(s.text, "halt"));
    script_free(&s);
}

Test(script, command_line_escapes_quotes_and_backslashes)
{
    char text[] = "echo \"a\\b\"", words[] = "hz=50";
    struct script given = {.text = text, .words = words};
    char *line = inputs_cmdline("root=ram", &given);
    cr_assert_str_eq(line, "root=ram hz=50 run=\"echo \\\"a\\\\b\\\"\"");
    free(line);
}

Test(script, without_a_script_there_is_no_run)
{
    struct script none = {.text = NULL};
    char *line = inputs_cmdline("root=ram", &none);
    cr_assert_str_eq(line, "root=ram");
    free(line);
    line = inputs_cmdline(NULL, &none);
    cr_assert_str_eq(line, "");
    free(line);
}

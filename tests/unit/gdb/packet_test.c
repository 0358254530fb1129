/*
 * The packet layer: frames, sums, escapes, acknowledgements, and everything malformed.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "cli/gdb/internal.h"
#include "client.h"

static struct client c;

static void set_up(void)
{
    cr_assert(client_open(&c, MODE_native, 1));
}

static void tear_down(void)
{
    client_close(&c);
}

TestSuite(gdb_packet, .init = set_up, .fini = tear_down);

static void sends(const char *bytes, const char *answer)
{
    client_send(&c, bytes, strlen(bytes));
    cr_assert_str_eq(c.sent, answer, "%s: %s", bytes, c.sent);
}

Test(gdb_packet, is_acknowledged_and_answered)
{
    sends("$qC#b4", "+$QC1#c5");
}

Test(gdb_packet, with_a_wrong_sum_is_asked_for_again)
{
    sends("$qC#b5", "-");
    sends("$qC#xx", "-");
    sends("$qC#b4", "+$QC1#c5");
}

Test(gdb_packet, may_come_byte_by_byte)
{
    const char *packet = "$qC#b4";
    for (unsigned i = 0; i < 5; i++) {
        client_send(&c, packet + i, 1);
        cr_assert_str_eq(c.sent, "");
    }
    client_send(&c, packet + 5, 1);
    cr_assert_str_eq(c.sent, "+$QC1#c5");
}

Test(gdb_packet, may_come_with_others)
{
    sends("++$qC#b4$qC#b4+", "+$QC1#c5+$QC1#c5");
}

Test(gdb_packet, between_packets_rubbish_is_nothing)
{
    sends("hello + \x01\x7f\xff $qC#b4", "+$QC1#c5");
    sends("\x03", "");
}

Test(gdb_packet, that_was_cut_gives_way_to_the_next)
{
    sends("$m1234$qC#b4", "+$QC1#c5");
}

Test(gdb_packet, not_understood_by_the_client_is_sent_again)
{
    sends("$qC#b4", "+$QC1#c5");
    sends("-", "$QC1#c5");
}

Test(gdb_packet, is_not_acknowledged_any_more_when_the_client_says_so)
{
    sends("$QStartNoAckMode#b0", "+$OK#9a");
    sends("$qC#b4", "$QC1#c5");
    sends("$qC#00", "");
    sends("-", "");
}

Test(gdb_packet, unknown_gets_the_empty_answer)
{
    sends("$vMustReplyEmpty#3a", "+$#00");
    static const char *const unknown[] = {"",         "!",    "qTStatus",   "vFile:open:2f,0,0",
                                          "qOffsets", "\x01", "QNonStop:1", "vContinue",
                                          "gg",       "Zx",   "R",          "qCx"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        const char *answer = client_ask(&c, unknown[i]);
        cr_assert(!*answer || *answer == 'E', "%s: %s", unknown[i], answer);
    }
    cr_assert_str_eq(client_ask(&c, "gg"), "");
}

Test(gdb_packet, of_the_greatest_size_is_read_and_a_longer_one_refused)
{
    static char packet[GDB_PACKET + 64];
    memset(packet, 'z', sizeof packet);
    packet[GDB_PACKET] = 0;
    cr_assert_str_eq(client_ask(&c, packet), "E16", "z with rubbish");
    packet[GDB_PACKET] = 'z';
    packet[GDB_PACKET + 1] = 0;
    cr_assert_str_eq(client_ask(&c, packet), "E16");
    cr_assert_str_eq(client_ask(&c, "qC"), "QC1");
}

Test(gdb_packet, escapes_are_undone)
{
    uint8_t bytes[] = {'a', '}', 3, '}', 0x5d, 'b', '}'};
    cr_assert_eq(packet_unescape(bytes, sizeof bytes), 5);
    cr_assert_arr_eq(bytes, ((const uint8_t[]){'a', 0x23, 0x7d, 'b', '}'}), 5);
}

Test(gdb_packet, every_malformed_argument_is_an_error)
{
    static const char *const malformed[] = {
        "p",
        "pzz",
        "p1,",
        "pffffffffffffffffff",
        "P",
        "P0",
        "P0=",
        "P0=123",
        "P0=11223344f",
        "m",
        "m1",
        "m1,",
        "m,4",
        "m1,4x",
        "m100000000,4",
        "M",
        "M200000,2:1",
        "M200000,2:zz11",
        "M200000,1:1122",
        "X200000,4:ab",
        "X200000",
        "Z",
        "Z0",
        "Z0,",
        "Z0,1",
        "Z0,1,",
        "Z0,1,1;X1,0",
        "Z2,1,0",
        "Z2,1,1001",
        "z0",
        "H",
        "Hx1",
        "Hg",
        "Hg1x",
        "T",
        "Tx",
        "vCont;",
        "vCont;x",
        "vCont;s:9",
        "vCont;S",
        "vCont;c:",
        "vCont;s;",
        "cxyz",
        "Czz",
        "szz",
        "S",
        "qRcmd,1",
        "qRcmd,zz",
        "qXfer:features:read:target.xml:0",
        "qXfer:features:read:target.xml:x,1",
        "qXfer:features:read:target.xml:0,1,",
        "Qqemu.PhyMemMode:2",
        "Qqemu.PhyMemMode:",
        "qThreadExtraInfo,",
        "qThreadExtraInfo,zz",
        "G",
        "G00",
        "Hg-2",
    };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        cr_assert_eq(*client_ask(&c, malformed[i]), 'E', "%s", malformed[i]);
    cr_assert_eq(session_position(c.session)->insn, 0, "nothing has moved");
}

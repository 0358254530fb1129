/*
 * What the server does with a session: registers, memory, points, moves both ways, threads, the
 * monitor, and how a client leaves.
 */
#include <criterion/criterion.h>

#include <stdio.h>
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

TestSuite(gdb_server, .init = set_up, .fini = tear_down);

static void answers(const char *packet, const char *answer)
{
    const char *got = client_ask(&c, packet);
    cr_assert_str_eq(got, answer, "%s: %s", packet, got);
}

/* A 32-bit register by its number in registers.def. */
static uint32_t reg(unsigned n)
{
    char packet[8];
    uint32_t value = 0, byte;
    (void)snprintf(packet, sizeof packet, "p%x", n);
    const char *text = client_ask(&c, packet);
    cr_assert_geq(strlen(text), 8u, "%s", text);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(sscanf(text + 2 * i, "%2x", &byte), 1);
        value |= byte << 8 * i;
    }
    return value;
}

#define EAX  0
#define EIP  8
#define INSN 49 /* the third from the end */

/* ---------------------------------------- what it says of itself */

Test(gdb_server, says_what_it_can)
{
    const char *text = client_ask(&c, "qSupported:multiprocess+;swbreak+;xmlRegisters=i386");
    static const char *const can[] = {"PacketSize=4000", "qXfer:features:read+", "QStartNoAckMode+",
                                      "ReverseStep+", "ReverseContinue+"};
    for (size_t i = 0; i < sizeof can / sizeof *can; i++)
        cr_assert_neq(strstr(text, can[i]), NULL, "%s: %s", can[i], text);
    answers("vCont?", "vCont;c;C;s;S");
    answers("qAttached", "1");
    answers("?", "T05thread:1;");
}

Test(gdb_server, the_description_is_the_same_in_any_pieces)
{
    static char whole[16384], pieces[16384];
    size_t n = 0;
    (void)snprintf(whole, sizeof whole, "%s",
                   client_ask(&c, "qXfer:features:read:target.xml:0,4000"));
    cr_assert_eq(whole[0], 'l');
    for (bool more = true; more; n += 7) {
        char packet[64];
        (void)snprintf(packet, sizeof packet, "qXfer:features:read:target.xml:%zx,7", n);
        const char *piece = client_ask(&c, packet);
        more = piece[0] == 'm';
        cr_assert(more || piece[0] == 'l');
        cr_assert_leq(strlen(piece + 1), 7u);
        strcpy(pieces + n, piece + 1);
    }
    cr_assert_str_eq(pieces, whole + 1);
    cr_assert_neq(strstr(whole, "<architecture>i386</architecture>"), NULL);
    cr_assert_neq(strstr(whole, "org.gnu.gdb.i386.core"), NULL);
    cr_assert_neq(strstr(whole, "org.ringside.system"), NULL);
    answers("qXfer:features:read:target.xml:ffffffffffff,10", "l");
    answers("qXfer:features:read:other.xml:0,10", "E00");
}

/* ---------------------------------------- registers and memory */

Test(gdb_server, a_register_alone_is_what_it_is_among_all)
{
    static char all[2048];
    size_t at = 0;
    (void)snprintf(all, sizeof all, "%s", client_ask(&c, "g"));
    for (unsigned n = 0;; n++) {
        char packet[8];
        (void)snprintf(packet, sizeof packet, "p%x", n);
        const char *one = client_ask(&c, packet);
        if (*one == 'E')
            break;
        cr_assert(!strncmp(all + at, one, strlen(one)), "register %u: %s", n, one);
        at += strlen(one);
    }
    cr_assert_eq(at, strlen(all), "and no more");
    cr_assert_eq(reg(EIP), CODE);
    cr_assert_neq(strstr(all, "xxxxxxxx"), NULL, "no FPU");
}

Test(gdb_server, general_registers_can_be_written_and_others_cannot)
{
    answers("P0=78563412", "OK");
    cr_assert_eq(reg(EAX), 0x12345678);
    answers("P8=11001000", "OK");
    cr_assert_eq(reg(EIP), AT_STORE1);
    answers("Pa=0800", "E16");
    answers("Pa=08000000", "E01");
    answers("P31=0000000000000000", "E01");
    answers("P77=00000000", "E05");
}

Test(gdb_server, all_registers_are_written_or_none)
{
    static char all[2048];
    all[0] = 'G';
    strcpy(all + 1, client_ask(&c, "g"));
    memcpy(all + 1, "21436587", 8);
    answers(all, "OK");
    cr_assert_eq(reg(EAX), 0x87654321);
    memcpy(all + 1, "00000000", 8);
    all[strlen(all) - 1] ^= 1; /* the exit's number */
    answers(all, "E01");
    cr_assert_eq(reg(EAX), 0x87654321, "nothing was written");
}

Test(gdb_server, memory_is_read_as_far_as_it_goes)
{
    answers("m10000c,5", "b801000000");
    answers("m3ffffe,10", "0000");
    answers("m400000,4", "E0e");
    answers("m200000,0", "");
}

Test(gdb_server, memory_is_written_in_digits_and_in_bytes)
{
    answers("M200000,4:11223344", "OK");
    answers("m200000,4", "11223344");
    answers("X200001,2:ab", "OK");
    answers("m200000,4", "11616244");
    answers("X200000,0:", "OK");
    answers("X200000,2:}\x03}]", "OK"); /* # and } escaped */
    answers("m200000,2", "237d");
    answers("M400000,1:00", "E0e");
}

Test(gdb_server, what_is_written_is_an_input_of_the_session)
{
    size_t n;
    answers("M200000,1:05", "OK");
    (void)session_inputs(c.session, &n);
    cr_assert_eq(n, 1);
    answers("M200000,1:05", "OK");
    (void)session_inputs(c.session, &n);
    cr_assert_eq(n, 1, "it is there already");
}

/* ---------------------------------------- moves */

Test(gdb_server, steps_and_steps_back)
{
    answers("s", "T05thread:1;");
    cr_assert_eq(reg(EIP), AT_STORE1);
    cr_assert_eq(reg(INSN), 1);
    answers("vCont;s:1;c", "T05thread:1;");
    cr_assert_eq(reg(EIP), AT_INC);
    answers("m200000,4", "01000000");
    answers("bs", "T05thread:1;");
    cr_assert_eq(reg(EIP), AT_STORE1);
    answers("m200000,4", "00000000");
    answers("bs", "T05thread:1;");
    answers("bs", "T05thread:1;replaylog:begin;");
    answers("S05", "T05thread:1;");
    cr_assert_eq(reg(INSN), 1);
}

Test(gdb_server, goes_on_from_another_address)
{
    answers("s10001d", "T05thread:1;");
    cr_assert_eq(reg(EIP), 0x10001d + 6 - 1, "mov ebx, [VARIABLE] was skipped into");
}

Test(gdb_server, breakpoints_stop_both_ways)
{
    (void)client_ask(&c, "qSupported:swbreak+;hwbreak+");
    answers("Z0,100017,1", "OK");
    answers("Z0,100017,1", "OK");
    answers("vCont;c", "T05thread:1;swbreak:;");
    cr_assert_eq(reg(EIP), AT_STORE2);
    answers("z0,100017,1", "OK");
    answers("z0,100017,1", "OK");
    answers("Z1,10001c,1", "OK");
    answers("c", "T05thread:1;hwbreak:;");
    cr_assert_eq(reg(EIP), AT_LOAD);
    answers("Z0,100011,1", "OK");
    answers("bc", "T05thread:1;swbreak:;");
    cr_assert_eq(reg(EIP), AT_STORE1);
    answers("bc", "T05thread:1;replaylog:begin;");
    answers("?", "T05thread:1;replaylog:begin;");
}

Test(gdb_server, a_client_that_does_not_know_the_words_does_not_get_them)
{
    (void)client_ask(&c, "qSupported:vContSupported+");
    answers("Z0,100017,1", "OK");
    answers("c", "T05thread:1;");
}

Test(gdb_server, a_write_watchpoint_stops_after_the_store_and_back_before_it)
{
    answers("Z2,200000,4", "OK");
    answers("c", "T05thread:1;watch:200000;");
    answers("m200000,4", "01000000");
    cr_assert_eq(reg(EIP), AT_INC);
    answers("c", "T05thread:1;watch:200000;");
    answers("m200000,4", "02000000");
    cr_assert_eq(reg(EIP), AT_LOAD);
    answers("bc", "T05thread:1;watch:200000;");
    answers("m200000,4", "01000000");
    cr_assert_eq(reg(EIP), AT_STORE2);
    answers("bc", "T05thread:1;watch:200000;");
    answers("m200000,4", "00000000");
    answers("bc", "T05thread:1;replaylog:begin;");
}

Test(gdb_server, read_and_access_watchpoints_have_their_words)
{
    answers("Z3,200000,4", "OK");
    answers("c", "T05thread:1;rwatch:200000;");
    cr_assert_eq(reg(EIP), AT_LOOP);
    answers("z3,200000,4", "OK");
    answers("Z4,200002,1", "OK");
    answers("bc", "T05thread:1;awatch:200002;");
    cr_assert_eq(reg(EIP), AT_LOAD);
    answers("Z5,200000,4", "");
}

Test(gdb_server, is_interrupted_while_the_session_moves)
{
    c.ahead = "\x03";
    answers("c", "T02thread:1;");
    cr_assert_eq(reg(EIP), AT_LOOP);
    cr_assert_gt(reg(INSN), 1000u);
}

Test(gdb_server, a_packet_sent_ahead_is_no_interrupt_and_is_answered_later)
{
    c.ahead = "$X200000,1:\x03#00\x03$qC#b4";
    client_send(&c, "$c#63", 5);
    cr_assert_neq(strstr(c.sent, "$T02thread:1;#"), NULL, "%s", c.sent);
    cr_assert_neq(strstr(c.sent, "$QC1#c5"), NULL, "%s", c.sent);
}

Test(gdb_server, points_are_limited)
{
    char packet[32];
    for (unsigned i = 0; i < GDB_POINTS; i++) {
        (void)snprintf(packet, sizeof packet, "Z0,%x,1", 0x1000 + i);
        const char *answer = client_ask(&c, packet);
        if (*answer == 'E')
            return; /* the session has fewer */
        cr_assert_str_eq(answer, "OK");
    }
    answers("Z0,5000,1", "E1c");
}

/* ---------------------------------------- the monitor, spaces */

static void asks(const char *line, const char *heard, const char *answer)
{
    char packet[256] = "qRcmd,", expected[512] = "$O";
    for (const char *at = line; *at; at++)
        (void)snprintf(packet + strlen(packet), 3, "%02x", (unsigned)(unsigned char)*at);
    for (const char *at = heard; *at; at++)
        (void)snprintf(expected + strlen(expected), 3, "%02x", (unsigned)(unsigned char)*at);
    const char *got = client_ask(&c, packet);
    cr_assert_str_eq(got, answer);
    cr_assert_neq(strstr(c.sent, expected), NULL, "%s", c.sent);
}

Test(gdb_server, monitor_is_the_hosts)
{
    asks("info exits", "you said info exits\n", "OK");
    cr_assert_str_eq(c.monitored, "info exits");
    asks("fail", "you said fail\n", "E01");
}

Test(gdb_server, memory_can_be_physical_as_in_qemu)
{
    answers("qemu.Supported", "PhyMemMode");
    answers("qqemu.PhyMemMode", "0");
    answers("Qqemu.PhyMemMode:1", "OK");
    answers("qqemu.PhyMemMode", "1");
    answers("m10000c,1", "b8");
    answers("Qqemu.PhyMemMode:0", "OK");
    answers("qqemu.PhyMemMode", "0");
}

Test(gdb_server, memory_can_be_seen_through_other_tables)
{
    answers("M300000,4:07104000", "OK"); /* directory: entry 0 to a table at 0x401000: none there */
    answers("M300004,4:07103000", "OK"); /* entry 1 to the table at 0x301000 */
    answers("M301008,4:07002000", "OK"); /* its entry 2 to 0x200000 */
    answers("M200010,2:beef", "OK");
    asks("space 0x300000", "memory is read through the page tables at 0x00300000\n", "OK");
    answers("m402010,2", "beef");
    answers("m403000,1", "E0e");
    answers("m1000,1", "E0e");
    answers("M402011,1:aa", "OK");
    asks("space", "memory is read through the page tables at 0x00300000\n", "OK");
    asks("space machine", "memory is read in the machine space\n", "OK");
    answers("m200010,2", "beaa");
    asks("space current", "memory is read in the current space\n", "OK");
    asks("space nowhere", "space nowhere: is not current, physical, machine or a value of CR3\n",
         "E01");
    asks("spaces", "you said spaces\n", "OK");
}

/* ---------------------------------------- leaving */

Test(gdb_server, a_client_that_leaves_takes_its_points_and_changes_nothing_else)
{
    answers("Z0,100017,1", "OK");
    answers("s", "T05thread:1;");
    uint64_t hash = session_hash(c.session);
    client_connect(&c);
    cr_assert_eq(session_hash(c.session), hash);
    cr_assert_eq(session_position(c.session)->insn, 1);
    answers("?", "T05thread:1;");
    c.ahead = "\x03";
    answers("c", "T02thread:1;");
}

Test(gdb_server, a_connection_lost_while_it_moves_ends_the_move)
{
    c.hangs_up = true;
    client_send(&c, "$c#63", 5);
    cr_assert_eq(c.wish, GDB_LEFT);
}

Test(gdb_server, detaching_and_killing_are_told_to_the_host)
{
    answers("D", "OK");
    cr_assert_eq(c.wish, GDB_DETACHED);
    client_connect(&c);
    client_send(&c, "$k#6b", 5);
    cr_assert_eq(c.wish, GDB_KILLED);
    cr_assert_str_eq(c.sent, "+", "k has no answer");
    client_connect(&c);
    answers("vKill;1", "OK");
    cr_assert_eq(c.wish, GDB_KILLED);
}

/* ---------------------------------------- threads */

Test(gdb_threads, are_the_vms)
{
    cr_assert(client_open(&c, MODE_trap, 2));
    answers("qfThreadInfo", "m1,2");
    answers("qsThreadInfo", "l");
    answers("T2", "OK");
    answers("T3", "E05");
    answers("Hg2", "OK");
    answers("qC", "QC2");
    answers("Hg3", "E05");
    answers("qThreadExtraInfo,2", "564d20312c20747261702c2072696e672030"); /* VM 1, trap, ring 0 */
    client_close(&c);
}

Test(gdb_threads, each_is_stepped_by_itself)
{
    cr_assert(client_open(&c, MODE_trap, 2));
    answers("vCont;s:1;c", "T05thread:1;");
    cr_assert_eq(reg(EIP), AT_STORE1);
    answers("vCont;s:2;c", "T05thread:2;");
    cr_assert_eq(reg(EIP), AT_STORE1);
    answers("vCont;s:2;c", "T05thread:2;");
    cr_assert_eq(reg(EIP), AT_INC);
    answers("Hg1", "OK");
    answers("P0=05000000", "OK");
    answers("Hg2", "OK");
    cr_assert_eq(reg(EAX), 1);
    answers("m200000,1", "01");
    answers("Hg1", "OK");
    cr_assert_eq(reg(EAX), 5);
    client_close(&c);
}

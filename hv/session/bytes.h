/*
 * Recordings and saved sessions as bytes: written in bytes_write.c, read in bytes_read.c.
 *
 *   "RINGSIDE" kind version | note | digest | inputs | marks | hashes | [state: position, waiting
 * input, packed, console, pages] | checksum
 *
 * Little-endian numbers, each part with its length in front; the checksum is over all before it.
 * Positions are four numbers, inputs a position, four bytes of kinds, address, value and name.
 */
#ifndef HV_SESSION_BYTES_H
#define HV_SESSION_BYTES_H

#define BYTES_MAGIC      "RINGSIDE"
#define BYTES_VERSION    3u
#define BYTES_HASH_EVERY 1000000u /* instructions */

#endif

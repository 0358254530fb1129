/* crc [N]: N times the CRC-32 (IEEE 802.3) of 4 KiB, bit by bit. */
#include "user/bench/lib/bench.h"

#define BYTES 4096u

static uint8_t data[BYTES];

static uint32_t step(uint32_t i)
{
    uint32_t crc = ~i;
    for (uint32_t k = 0; k < BYTES; k++) {
        crc ^= data[k];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

static void prepare(void)
{
    for (uint32_t k = 0; k < BYTES; k++)
        data[k] = (uint8_t)(k * 7 + 3);
}

const struct benchmark benchmark = {.name = "crc", .count = 10, .prepare = prepare, .step = step};

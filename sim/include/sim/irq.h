/*
 * An interrupt line: a small value that a device holds. The device knows neither the controller nor
 * the number.
 */
#ifndef SIM_IRQ_H
#define SIM_IRQ_H

#include <stdbool.h>

struct irq_line {
    void (*set)(void *controller, unsigned input, bool level); /* null: not connected */
    void *controller;
    unsigned input;
};

/* Drives the line to a level. Idempotent: the controller detects edges. */
static inline void irq_line_set(const struct irq_line *line, bool level)
{
    if (line->set)
        line->set(line->controller, line->input, level);
}

#endif

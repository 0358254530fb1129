/* echo WORD...: the words, with a space between. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        (void)write(1, " ", i > 1);
        (void)write(1, argv[i], strlen(argv[i]));
    }
    (void)write(1, "\n", 1);
    return 0;
}

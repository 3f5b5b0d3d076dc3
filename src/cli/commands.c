/* `magpie commands`: prints docs/commands.md. */
#include <stdio.h>

#include "cli/commands.h"
#include "command/command.h"

#define MAX_DOCS_BYTES (4 << 20)

int cli_commands(int argc, char **argv)
{
    struct buf text;
    bool written;

    (void)argv;
    if (argc > 1) {
        fputs("usage: magpie commands\n", stderr);
        return 2;
    }
    buf_init(&text, MAX_DOCS_BYTES);
    command_docs(&text);
    written = !text.overflow && fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0;
    buf_release(&text);
    return written ? 0 : 1;
}

/* `magpie commands`: prints docs/commands.md. */
#include <stdio.h>

#include "cli/commands.h"
#include "command/command.h"

#define MAX_DOCS_BYTES (4 << 20)

int cli_commands(int argc, char **argv)
{
    struct buf text;
    bool written;

    if (argc > 1) {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

        fputs("usage: magpie commands\n", help ? stdout : stderr);
        return help ? 0 : 2;
    }
    buf_init(&text, MAX_DOCS_BYTES);
    command_docs(&text);
    written = !text.overflow && fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0;
    buf_release(&text);
    return written ? 0 : 1;
}

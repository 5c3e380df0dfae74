/* Remembers whether standard output was closed when the program was started. Rust's runtime opens /dev/null in its place
   before main begins, so that nobody could tell any more that what is written there is lost. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

__attribute__((constructor)) static void remember(void) {
    if (fcntl(1, F_GETFD) == -1 && errno == EBADF) {
        setenv("AIRSCOPE_STDOUT_CLOSED", "1", 1);
    }
}

/* Preloaded into a gateway (LD_PRELOAD): a wall clock that can be set, and a disk that can fill up.
 *
 * The file named by MACHINE_FAULTS holds two 64-bit integers in the machine's byte order: seconds to add to the wall
 * clock, and, if not 0, the errno with which every write to a regular file fails.  They may be changed at any time.
 * clock_gettime(2), pwrite(2), write(2), ftruncate(2), fallocate(2).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *faults;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MACHINE_FAULTS");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *seen = mmap(0, 2 * sizeof *faults, PROT_READ, MAP_SHARED, file, 0);
    if (seen != MAP_FAILED) faults = seen;
    close(file);
}

static int refused(int file) {
    struct stat status;
    if (!faults || !faults[1] || fstat(file, &status) || !S_ISREG(status.st_mode)) return 0;
    errno = (int)faults[1];
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int clock_gettime(clockid_t clock, struct timespec *now) {
    static __typeof__(&clock_gettime) real;
    if (!real) real = REAL(clock_gettime);
    int failed = real(clock, now);
    if (!failed && faults && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += faults[0];
    return failed;
}

time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

ssize_t pwrite64(int file, const void *octets, size_t count, off64_t offset) {
    return refused(file) ? -1 : REAL(pwrite64)(file, octets, count, offset);
}

ssize_t pwrite(int file, const void *octets, size_t count, off_t offset) {
    return refused(file) ? -1 : REAL(pwrite)(file, octets, count, offset);
}

ssize_t write(int file, const void *octets, size_t count) {
    return refused(file) ? -1 : REAL(write)(file, octets, count);
}

int ftruncate64(int file, off64_t octets) { return refused(file) ? -1 : REAL(ftruncate64)(file, octets); }

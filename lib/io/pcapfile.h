/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files of Ethernet frames: the door to libpcap.
 * One owner at a time; calls block on the disk. */
#ifndef WEIR_IO_PCAPFILE_H
#define WEIR_IO_PCAPFILE_H 1

#include "lib/base/types.h"

struct pcap_file;

/* "-" is standard input or output.  0, or negative errno with '*error' (may
 * be NULL) a heap text. */
int pcap_file_open_read(const char *path, struct pcap_file **out,
                        char **error) MUST_CHECK;
/* Truncates unless 'append' and the file is a capture already. */
int pcap_file_open_write(const char *path, bool append,
                         struct pcap_file **out, char **error) MUST_CHECK;
void pcap_file_close(struct pcap_file **);
/* 1 with a frame borrowed until the next call; 0 at the end; negative errno
 * on a broken file.  'wall_us' (may be NULL) is since 1970. */
int pcap_file_read(struct pcap_file *, const uint8_t **data, size_t *len,
                   int64_t *wall_us) MUST_CHECK;
int pcap_file_write(struct pcap_file *, const void *, size_t len,
                    int64_t wall_us) MUST_CHECK;
int pcap_file_flush(struct pcap_file *) MUST_CHECK;

#endif

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* More of kernel.h: mappings and the files behind them. */
#ifndef SOAK_BPF_KERNEL_VMA_H
#define SOAK_BPF_KERNEL_VMA_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct super_block {
	__u32 s_dev;
};

struct inode {
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_pgoff, vm_flags;
	struct file *vm_file;
};

#pragma clang attribute pop

#endif

package io.github.linuxfd.mount;

import io.github.linuxfd.flags.Flag;

/**
 * What open_tree(2) opens.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum OpenTreeFlag implements Flag {

	/**
	 * {@code OPEN_TREE_CLONE}: a copy that is mounted nowhere, and not the mount itself.
	 */
	OPEN_TREE_CLONE(0x1),

	/** {@code AT_SYMLINK_NOFOLLOW}: a symbolic link itself. */
	AT_SYMLINK_NOFOLLOW(0x100),

	/** {@code AT_NO_AUTOMOUNT}: do not mount what autofs would. */
	AT_NO_AUTOMOUNT(0x800),

	/**
	 * {@code AT_RECURSIVE}: with all mounts below; with {@link #OPEN_TREE_CLONE} only.
	 */
	AT_RECURSIVE(0x8000);

	private final long bit;

	OpenTreeFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}

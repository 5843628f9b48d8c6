package io.github.linuxfd.pipe;

/**
 * Why a transfer has returned.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum TransferOutcome {

	/**
	 * The source has ended, and all of it has been given to the target.
	 */
	END_OF_INPUT,

	/**
	 * As many bytes as were asked for have been given to the target.
	 */
	LIMIT_REACHED,

	/**
	 * Nothing could be moved for longer than the time limit: the source had nothing, or
	 * the target no room. The transfer can go on.
	 */
	STALLED

}

package io.github.linuxfd.pipe;

/**
 * What came of a transfer.
 *
 * @param bytes how many bytes are at the target
 * @param outcome why there are no more
 * @author linuxfd
 * @since 0.1.0
 */
public record TransferResult(long bytes, TransferOutcome outcome) {
}

package io.github.linuxfd.sample;

/**
 * The file itself is at fault, so that trying again would not help.
 *
 * @author linuxfd
 */
class UnusableFileException extends RuntimeException {

	private static final int MAX_LENGTH = 500;

	UnusableFileException(String reason) {
		super(reason);
	}

	UnusableFileException(String reason, Throwable cause) {
		super(reason, cause);
	}

	/**
	 * Return what is wrong with the file.
	 * @return one line, not too long, for the person who sent it
	 */
	String reason() {
		String reason = ArrivedFile.printable(String.valueOf(getMessage()));
		return (reason.length() > MAX_LENGTH) ? reason.substring(0, MAX_LENGTH) + "…" : reason;
	}

}

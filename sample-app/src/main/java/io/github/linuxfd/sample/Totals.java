package io.github.linuxfd.sample;

/**
 * What the intake has done since its database was created.
 *
 * @param files the number of files ingested
 * @param rows the number of their rows
 * @param failed the number of files that were not valid
 * @author linuxfd
 */
record Totals(long files, long rows, long failed) {

	static final Totals NONE = new Totals(0, 0, 0);

	Totals withIngested(int rowCount) {
		return new Totals(this.files + 1, this.rows + rowCount, this.failed);
	}

	Totals withFailed() {
		return new Totals(this.files, this.rows, this.failed + 1);
	}

}

package io.github.linuxfd.benchmarks;

/**
 * A JSON object being written: numbers, booleans and other objects under plain names.
 *
 * @author linuxfd
 */
final class Json {

	private final StringBuilder members = new StringBuilder();

	Json put(String name, long value) {
		return member(name, Long.toString(value));
	}

	Json put(String name, double value) {
		return member(name, Double.toString(value));
	}

	Json put(String name, boolean value) {
		return member(name, Boolean.toString(value));
	}

	Json put(String name, Json value) {
		return member(name, value.toString());
	}

	private Json member(String name, String value) {
		this.members.append(this.members.isEmpty() ? "" : ",").append('"').append(name).append("\":").append(value);
		return this;
	}

	@Override
	public String toString() {
		return "{" + this.members + "}";
	}

}

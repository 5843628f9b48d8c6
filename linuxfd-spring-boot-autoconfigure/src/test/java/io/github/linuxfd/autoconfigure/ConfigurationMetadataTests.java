package io.github.linuxfd.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The metadata that editors complete {@code linuxfd.*} properties with.
 *
 * @author linuxfd
 */
class ConfigurationMetadataTests {

	@Test
	void everyPropertyHasADescription() throws IOException {
		assertThat(properties()).hasSizeGreaterThan(4)
			.allSatisfy((property) -> assertThat((String) property.get("description"))
				.as("description of " + property.get("name"))
				.isNotBlank()
				.matches("[A-Z].*[^.]"));
	}

	@Test
	void everyComponentOfTheRecordsIsAProperty() throws IOException {
		List<String> names = properties().stream().map((property) -> (String) property.get("name")).toList();
		assertThat(names).containsAll(components(LinuxFdProperties.class, "linuxfd").toList());
		assertThat(names).containsAll(components(LinuxFdSeccompProperties.class, "linuxfd.seccomp").toList());
	}

	private static Stream<String> components(Class<?> type, String prefix) {
		return Stream.of(type.getRecordComponents()).flatMap((component) -> component(component, prefix));
	}

	private static Stream<String> component(RecordComponent component, String prefix) {
		String name = prefix + "."
				+ component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
		// other records are read from one text
		return component.getType().isRecord() && component.getType().isMemberClass()
				? components(component.getType(), name) : Stream.of(name);
	}

	private static List<Map<String, Object>> properties() throws IOException {
		try (InputStream metadata = ConfigurationMetadataTests.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			assertThat(metadata).isNotNull();
			String json = new String(metadata.readAllBytes(), StandardCharsets.UTF_8);
			// those of the actuator are described by the actuator
			return JsonPath.read(json, "$.properties[?(@.name =~ /linuxfd[.].*/)]");
		}
	}

}

package io.github.linuxfd.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * Takes CSV files from an inbox directory into a database.
 *
 * @author linuxfd
 */
@SpringBootApplication
@ConfigurationPropertiesScan
public class FileIntakeApplication {

	/**
	 * Start the service.
	 * @param args properties, as in {@code --intake.directory=/srv/intake}
	 */
	public static void main(String[] args) {
		SpringApplication.run(FileIntakeApplication.class, args);
	}

}

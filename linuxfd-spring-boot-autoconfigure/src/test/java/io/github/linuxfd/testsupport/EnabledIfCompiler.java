package io.github.linuxfd.testsupport;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips a test where a C compiler or another program is missing, and says which package
 * brings it.
 *
 * @author linuxfd
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith(ProgramCondition.class)
public @interface EnabledIfCompiler {

	/**
	 * Return the programs, as found on the {@code PATH}.
	 * @return for instance {@code gcc}
	 */
	String[] value();

}

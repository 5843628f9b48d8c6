package io.github.linuxfd.testsupport;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips a test that this process may not do, and fails it if it does something to this
 * machine.
 *
 * @author linuxfd
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith({ CapabilityCondition.class, HostUntouchedExtension.class })
public @interface EnabledIfCapability {

	/**
	 * Return the capabilities.
	 * @return for instance {@code CAP_SYS_ADMIN}
	 */
	String[] value();

}

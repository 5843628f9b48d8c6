package io.github.linuxfd.sample;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * What other programs, and the live page, can ask the intake.
 *
 * @author linuxfd
 */
@RestController
class IntakeController {

	private final FileIntake intake;

	private final LiveFeed feed;

	IntakeController(FileIntake intake, LiveFeed feed) {
		this.intake = intake;
		this.feed = feed;
	}

	@GetMapping("/api/totals")
	Totals totals() {
		return this.intake.totals();
	}

	@GetMapping(path = "/api/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	ResponseEntity<SseEmitter> events() {
		SseEmitter emitter = new SseEmitter(0L);
		if (!this.feed.connect(emitter)) {
			return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).build();
		}
		return ResponseEntity.ok(emitter);
	}

}

package io.github.linuxfd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.Tree.Kind;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Everything public has Javadoc.
 *
 * @author linuxfd
 */
class JavadocTests {

	@Test
	void everythingPublicHasJavadoc() throws IOException {
		assertThat(undocumented(Path.of("src/main/java"))).isEmpty();
	}

	@Test
	void whatHasNoJavadocIsFound(@TempDir Path directory) throws IOException {
		Files.writeString(directory.resolve("Sample.java"), """
				/** Documented. */
				public record Sample(int value) {
					public Sample {
					}
					/** Documented. */
					public void documented() {
					}
					public void bare() {
					}
					@Override
					public String toString() {
						return "";
					}
					void hidden() {
					}
					public interface Inner {
						int implicitlyPublic();
					}
					static class Hidden {
						public void notToBeSeen() {
						}
					}
				}
				""");
		assertThat(undocumented(directory)).containsExactly("Sample.java: bare", "Sample.java: Inner",
				"Sample.java: implicitlyPublic");
	}

	private static List<String> undocumented(Path directory) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		List<String> undocumented = new ArrayList<>();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
				Stream<Path> sources = Files.walk(directory)) {
			List<Path> java = sources.filter((source) -> source.toString().endsWith(".java")).toList();
			assertThat(java).isNotEmpty();
			JavacTask task = (JavacTask) compiler.getTask(null, files, null, null, null,
					files.getJavaFileObjectsFromPaths(java));
			for (CompilationUnitTree unit : task.parse()) {
				new PublicScanner(DocTrees.instance(task), undocumented).scan(unit, null);
			}
		}
		return undocumented;
	}

	private static final class PublicScanner extends TreePathScanner<@Nullable Void, @Nullable Void> {

		private final DocTrees comments;

		private final List<String> undocumented;

		PublicScanner(DocTrees comments, List<String> undocumented) {
			this.comments = comments;
			this.undocumented = undocumented;
		}

		@Override
		public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
			if (!isPublic(type.getModifiers())) {
				return null;
			}
			requireComment(type.getSimpleName());
			return super.visitClass(type, unused);
		}

		@Override
		public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
			if (isPublic(method.getModifiers()) && !isOverride(method) && !isConstructorOfRecord(method)) {
				requireComment(method.getName());
			}
			return null;
		}

		private void requireComment(CharSequence name) {
			if (this.comments.getDocComment(getCurrentPath()) == null) {
				Path file = Path.of(getCurrentPath().getCompilationUnit().getSourceFile().getName());
				this.undocumented.add(file.getFileName() + ": " + name);
			}
		}

		private boolean isPublic(ModifiersTree modifiers) {
			Kind around = parent().getKind();
			return modifiers.getFlags().contains(Modifier.PUBLIC)
					|| ((around == Kind.INTERFACE || around == Kind.ANNOTATION_TYPE)
							&& !modifiers.getFlags().contains(Modifier.PRIVATE));
		}

		private static boolean isOverride(MethodTree method) {
			return method.getModifiers()
				.getAnnotations()
				.stream()
				.anyMatch((annotation) -> annotation.getAnnotationType().toString().equals("Override"));
		}

		/** Whose parameters the record's own comment has. */
		private boolean isConstructorOfRecord(MethodTree method) {
			return method.getName().contentEquals("<init>") && parent().getKind() == Kind.RECORD;
		}

		private Tree parent() {
			return getCurrentPath().getParentPath().getLeaf();
		}

	}

}

package libsock;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A test: {@link Tests} runs it on a platform thread and on a virtual one. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Test {
    /** Whether it runs on one kind of thread only: it makes its own threads, or is long. */
    boolean once() default false;
}

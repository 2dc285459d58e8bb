import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kestra.core.executor.command.Create;
import io.kestra.core.executor.command.ExecutionCommand;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.ExecutionId;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.queues.BroadcastQueueInterface;
import io.kestra.core.queues.DispatchQueueInterface;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.runners.ExecutionEventType;
import io.kestra.core.runners.FollowExecutionEvent;
import io.kestra.core.runners.Indexer;
import io.kestra.core.runners.Scheduler;
import io.kestra.core.runners.Worker;
import io.kestra.core.server.Service;
import io.kestra.core.services.FlowService;
import io.kestra.core.worker.Controller;
import io.kestra.executor.DefaultExecutor;
import io.kestra.worker.systemworker.SystemWorker;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * All of Kestra's services in one process and, as its webserver is not to be had, an HTTP port that runs
 * one flow: PUT takes its YAML, POST runs it and answers when it has ended, with its state, its number of
 * task runs and the milliseconds from its own record. Started and followed through Kestra's own queues: a
 * Create command in, an event out.
 */
public final class Standalone {
    private final ApplicationContext context = ApplicationContext.run();
    private final ExecutionRepositoryInterface executions = context.getBean(ExecutionRepositoryInterface.class);
    private final DispatchQueueInterface<ExecutionCommand> commands =
        bean(DispatchQueueInterface.class, ExecutionCommand.class);
    private final Map<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();
    private volatile Flow flow;

    public static void main(String[] args) throws Exception {
        var standalone = new Standalone();
        standalone.startServices();
        standalone.follow();
        standalone.listen(Integer.getInteger("bench.port"));
        System.out.println("listening");
    }

    private void startServices() throws InterruptedException {
        var threads = Executors.newCachedThreadPool();
        threads.execute(context.getBean(DefaultExecutor.class));
        var controller = context.getBean(Controller.class);
        threads.execute(controller::start);
        var worker = context.getBean(Worker.class);
        threads.execute(() -> worker.start(Worker.defaultNumThreads()));
        var scheduler = context.getBean(Scheduler.class);
        threads.execute(scheduler);
        var indexer = context.getBean(Indexer.class);
        threads.execute(indexer);
        var systemWorker = context.getBean(SystemWorker.class);
        threads.execute(systemWorker::start);
        for (var service : List.<Service>of(controller, worker, scheduler, indexer, systemWorker)) {
            while (service.getState() == null || !service.getState().isRunning()) Thread.sleep(5);
        }
    }

    private void follow() {
        BroadcastQueueInterface<FollowExecutionEvent> events =
            bean(BroadcastQueueInterface.class, FollowExecutionEvent.class);
        events.subscriber().subscribe(message -> {
            var event = message.getLeft();
            if (event.eventType() != ExecutionEventType.TERMINATED) return;
            var end = waiting.remove(event.executionId());
            if (end != null) end.complete(null);
        });
    }

    private void listen(int port) throws IOException {
        var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", exchange -> {
            try {
                answer(exchange, 200, exchange.getRequestMethod().equals("PUT") ? deploy(exchange) : run());
            } catch (Exception error) {
                answer(exchange, 500, error.toString());
            }
        });
        http.start();
    }

    private String deploy(HttpExchange exchange) throws Exception {
        var source = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        flow = context.getBean(FlowService.class).importFlow("main", source);
        return flow.getId();
    }

    private String run() throws Exception {
        var execution = Execution.newExecution(flow, List.of());
        var id = execution.getId();
        var end = waiting.computeIfAbsent(id, _ -> new CompletableFuture<>());
        commands.emit(Create.of(new ExecutionId(
            execution.getTenantId(), execution.getNamespace(), execution.getFlowId(), id, execution.getFlowRevision())));
        var ended = ended(execution, end);
        var state = ended.getState();
        var took = Duration.between(state.getStartDate(), state.getEndDate().orElseThrow());
        return "%s %d %d".formatted(state.getCurrent(), ended.getTaskRunList().size(), took.toMillis());
    }

    /** Looks for itself twice a second: under load some events do not come. */
    private Execution ended(Execution execution, CompletableFuture<Void> end) throws Exception {
        for (int look = 0; ; look++) {
            try {
                end.get(500, TimeUnit.MILLISECONDS);
            } catch (TimeoutException _) {
                // Then it may have ended all the same.
            }
            var found = executions.findById(execution.getTenantId(), execution.getId());
            if (found.isPresent() && found.get().getState().isTerminated()) return found.get();
            if (look == 120) throw new IllegalStateException("not ended in a minute: " + found.map(Execution::getState));
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @SuppressWarnings("unchecked")
    private <T> T bean(Class<?> type, Class<?> of) {
        return (T) context.getBean(Argument.of(type, of));
    }
}

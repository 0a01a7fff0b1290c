"""Lambda, where ministack 1.5.33 differs from AWS.

- ministack attaches a function's output to the invocation that is answered at that moment, and a
  later line to the next invocation or to none. Here every line is also appended to
  ``<function>.log``, so that none is missing when records are counted.
- SNS calls a function once and forgets a failure; on AWS the invocation is
  asynchronous, with retries and a failure destination.
- A throttled asynchronous invocation counts as a failed attempt. On AWS it waits: guard has one
  environment, and all of several alarms at the same time must reach it.
- The template lets metrics handle two batches in parallel, and only one environment recognizes an
  event that comes twice. Locally there is one environment, so that the story has one right answer.
- An invocation may be running when everything is reset. Its end does not affect the next run: it is
  not counted there, not repeated, and leaves no dead letter.
"""

import contextvars
import itertools
import time
from pathlib import Path
from typing import BinaryIO

from ministack.core import lambda_runtime
from ministack.services import cloudwatch, lambda_svc, sns

THROTTLED_PAUSE_SECONDS = 0.1

asynchronous = contextvars.ContextVar("asynchronous", default=False)
waiting = contextvars.ContextVar("waiting", default=False)
# The run in which an asynchronous invocation began; each reset begins a new one.
began_in = contextvars.ContextVar("began_in", default=None)
worlds = itertools.count(1)
world = 0


class Tee:
    """Copies a function's output line by line to its log file."""

    def __init__(self, output: BinaryIO, copy: Path) -> None:
        self.output = output
        # Unbuffered and appending: the environments of a function share the file.
        self.copy = copy.open("ab", buffering=0)

    def readline(self) -> bytes:
        line = self.output.readline()
        self.copy.write(line)
        return line

    def close(self) -> None:
        self.output.close()
        self.copy.close()


def correct(logs: Path) -> None:
    keep_output(logs)
    know_resets()
    deliver_asynchronously()
    count_in_one_environment()
    count_invocations()


def know_resets() -> None:
    reset, invoke = lambda_svc.reset, lambda_svc.invoke_async_with_retry

    def reset_all(*arguments) -> None:
        global world
        world = next(worlds)
        reset(*arguments)

    def invoke_in_this_world(function: dict, event: dict) -> None:
        token = began_in.set(world)  # copied into the invocation's thread
        invoke(function, event)
        began_in.reset(token)

    lambda_svc.reset = reset_all
    lambda_svc.invoke_async_with_retry = invoke_in_this_world


def count_invocations() -> None:
    invoke = lambda_runtime.ProvidedWorker.invoke

    def record(function: str, name: str, value: float, unit: str = "Count") -> None:
        cloudwatch.record_metric("AWS/Lambda", name, value, unit, {"FunctionName": function})

    def invoke_and_count(worker, *arguments, **options) -> dict:
        began, failed, here = time.monotonic(), True, world
        try:
            result = invoke(worker, *arguments, **options)
            failed = result["status"] == "error"
            return result
        finally:
            if here == world:
                record(worker.func_name, "Invocations", 1)
                record(worker.func_name, "Errors", int(failed))
                record(worker.func_name, "Throttles", 0)
                record(worker.func_name, "Duration", 1000 * (time.monotonic() - began), "Milliseconds")

    def count_throttle(function: str, duration_ms: float, error: bool, throttle: bool) -> None:
        if throttle and not waiting.get():
            record(function, "Throttles", 1)

    lambda_runtime.ProvidedWorker.invoke = invoke_and_count
    lambda_svc._emit_lambda_metrics = count_throttle


def count_in_one_environment() -> None:
    allowed = lambda_svc._sqs_esm_concurrency

    def one_of_metrics(mapping: dict, *arguments) -> int:
        return 1 if mapping["FunctionArn"].endswith("-metrics") else allowed(mapping, *arguments)

    lambda_svc._sqs_esm_concurrency = one_of_metrics


def keep_output(logs: Path) -> None:
    pump = lambda_runtime.ProvidedWorker._pump_output

    def pump_and_keep(worker, stream, queue) -> None:
        pump(worker, Tee(stream, logs / f"{worker.func_name}.log"), queue)

    lambda_runtime.ProvidedWorker._pump_output = pump_and_keep


def deliver_asynchronously() -> None:
    deliver = sns._deliver_to_lambda
    execute_in_scope = lambda_svc._execute_function_with_config_scope
    execute = lambda_svc._execute_function

    def deliver_to_lambda(*arguments) -> None:
        asynchronous.set(True)  # in the thread of this delivery alone
        deliver(*arguments)

    def start_or_execute(function: dict, event: dict) -> dict:
        if asynchronous.get():
            lambda_svc.invoke_async_with_retry(function, event)
            return {}
        return execute_in_scope(function, event)

    def is_past() -> bool:
        return began_in.get() not in (None, world)

    def execute_when_free(function: dict, event: dict) -> dict:
        if is_past():
            return {}
        result = execute(function, event)
        token = waiting.set(True)
        while asynchronous.get() and result.get("throttle") and not is_past():
            time.sleep(THROTTLED_PAUSE_SECONDS)
            result = execute(function, event)
        waiting.reset(token)
        return {} if is_past() else result

    sns._deliver_to_lambda = deliver_to_lambda
    lambda_svc._execute_function_with_config_scope = start_or_execute
    lambda_svc._execute_function = execute_when_free

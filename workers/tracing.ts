/** Traces over OTLP, from the signal through workflows and activities, when OTEL_EXPORTER_OTLP_ENDPOINT is set. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import type { Config } from '../schemas/config.ts';

export interface Tracing {
  /** For clients, workers and the bundle. */
  plugins: OpenTelemetryPlugin[];
  /** Sends what is still held back. */
  stop(): Promise<void>;
}

const OFF: Tracing = { plugins: [], stop: () => Promise.resolve() };

/** @param process the service name in the traces, e.g. "tenure-worker". */
export function startTracing(config: Config, process: string): Tracing {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return OFF;
  const resource = new Resource({ 'service.name': process });
  const spanProcessor = new BatchSpanProcessor(
    new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
  );
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register();
  return {
    plugins: [new OpenTelemetryPlugin({ resource, spanProcessor, tracer: provider.getTracer('tenure') })],
    stop: () => provider.shutdown(),
  };
}

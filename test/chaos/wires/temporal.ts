/** A proxy on loopback between a worker and Temporal (gRPC over plain HTTP/2), whose calls pass the switchboard. */
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import proto from '@temporalio/proto';
import type { Proxy } from './http.ts';
import type { Switchboard } from './switchboard.ts';

const { v1 } = proto.temporal.api.workflowservice;
/** In front of a gRPC message: whether it is compressed, and its length. */
const FRAME_BYTES = 5;

interface Answer {
  headers: IncomingHttpHeaders;
  body: Buffer;
  trailers: IncomingHttpHeaders | null;
}

/** @param address host:port. The proxy's `url` is such a pair, too. */
export async function temporalProxy(address: string, board: Switchboard): Promise<Proxy> {
  const sockets = new Set<Socket>();
  /** Which activity a task token stands for. */
  const activities = new Map<string, string>();

  const handle = async (
    far: ClientHttp2Session,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): Promise<void> => {
    const method = (headers[':path'] ?? '').split('/').at(-1) ?? '';
    const body = await read(stream);
    const call = nameOf(method, body, activities);
    if (call !== null) await board.pass(call, 'before');
    if (stream.destroyed) return;
    const answer = await ask(far, headers, body, stream);
    if (method === 'PollActivityTaskQueue') remember(answer.body, activities);
    if (call !== null) await board.pass(call, 'after-effect');
    if (call !== null) await board.pass(call, 'after-answer');
    if (!stream.destroyed) give(stream, answer);
  };

  const server = createServer();
  server.on('session', (near) => {
    const far = connect(`http://${address}`);
    far.on('error', () => near.destroy());
    far.on('close', () => near.destroy());
    near.on('error', () => undefined);
    // A dead worker's polls must end: else the server gives tasks to nobody.
    near.on('close', () => far.destroy());
    near.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      handle(far, stream, headers).catch(() => stream.destroy());
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Only what moves the story on has a name: the results of workflow tasks and of activities. */
function nameOf(method: string, body: Buffer, activities: Map<string, string>): string | null {
  if (method === 'RespondActivityTaskCompleted') {
    const { taskToken } = v1.RespondActivityTaskCompletedRequest.decode(messageIn(body));
    const key = keyOf(taskToken);
    return `temporal result of ${activities.get(key) ?? 'an activity'}`;
  }
  if (method !== 'RespondWorkflowTaskCompleted') return null;
  const { commands } = v1.RespondWorkflowTaskCompletedRequest.decode(messageIn(body));
  const scheduled = commands.flatMap(
    ({ scheduleActivityTaskCommandAttributes: attributes }) => attributes?.activityType?.name ?? [],
  );
  const others = [
    commands.some(({ recordMarkerCommandAttributes: marker }) => marker) && 'facts',
    commands.some(({ startChildWorkflowExecutionCommandAttributes: child }) => child) && 'a child',
    commands.some(({ completeWorkflowExecutionCommandAttributes: end }) => end) && 'the end',
  ];
  const told = [...new Set(scheduled), ...others.filter((part) => typeof part === 'string')];
  return told.length > 0 ? `temporal workflow task with ${told.join(' + ')}` : null;
}

function remember(body: Buffer, activities: Map<string, string>): void {
  if (body.length <= FRAME_BYTES) return;
  const { taskToken, activityType } = v1.PollActivityTaskQueueResponse.decode(messageIn(body));
  if (activityType?.name) activities.set(keyOf(taskToken), activityType.name);
}

function messageIn(body: Buffer): Buffer {
  const message = body.subarray(FRAME_BYTES);
  return body[0] === 1 ? gunzipSync(message) : message;
}

function keyOf(taskToken: Uint8Array): string {
  return Buffer.from(taskToken).toString('base64');
}

function ask(
  far: ClientHttp2Session,
  headers: IncomingHttpHeaders,
  body: Buffer,
  near: ServerHttp2Stream,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = far.request(headers);
    near.once('close', () => request.close(constants.NGHTTP2_CANCEL));
    let answer: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | null = null;
    const chunks: Buffer[] = [];
    request.on('response', (received) => (answer = received));
    request.on('trailers', (received: IncomingHttpHeaders) => (trailers = received));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', reject);
    request.on('close', () =>
      request.rstCode === constants.NGHTTP2_NO_ERROR
        ? resolve({ headers: answer, body: Buffer.concat(chunks), trailers })
        : reject(new Error('Temporal ended the call.')),
    );
    request.end(body);
  });
}

/** An error of gRPC has no body: its status comes with the headers. */
function give(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  if (trailers === null) {
    stream.respond(headers, { endStream: true });
    return;
  }
  const last = trailers;
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(last));
  stream.end(body);
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

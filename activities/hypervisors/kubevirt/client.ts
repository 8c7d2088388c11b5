/**
 * The generated Kubernetes client, carried by Tenure's own HTTP client: the one knows paths and bodies, the other sends
 * once, keeps to a time limit and a pace, and tells a lost answer from a refusal.
 */
import type * as KubernetesClient from '@kubernetes/client-node';
import type {
  CoreV1Api,
  CustomObjectsApi,
  NetworkingV1Api,
  Watch,
  setHeaderOptions,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import type { Api } from '../../http/api.ts';
import type { HttpCall } from '../../http/client.ts';

type Library = typeof KubernetesClient;
type CallOptions = ReturnType<typeof setHeaderOptions>;

export interface Client {
  custom: CustomObjectsApi;
  core: CoreV1Api;
  networking: NetworkingV1Api;
  watch: Watch;
  /** Says that a patch is a JSON merge patch (RFC 7396). */
  merge: CallOptions;
  /** Says that it is a server-side apply. */
  apply: CallOptions;
}

export interface ClientOptions {
  apiBase: string;
  token: string;
  ca?: string;
}

/**
 * @param api sends everything but watches.
 * @returns opens the client when it is first needed: it is large, and most processes never talk to a cluster.
 */
export function lazyClient(options: ClientOptions, api: Api): () => Promise<Client> {
  let opened: Promise<Client> | undefined;
  return () => (opened ??= import('@kubernetes/client-node').then((library) => open(library, options, api)));
}

function open(library: Library, { apiBase, token, ca }: ClientOptions, api: Api): Client {
  const server = apiBase.replace(/\/$/, '');
  const configuration = library.createConfiguration({
    baseServer: new library.ServerConfiguration(server, {}),
    httpApi: library.wrapHttpLibrary(carrierOf(library, api, server)),
  });
  const config = new library.KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'kubevirt',
      server,
      skipTLSVerify: false,
      ...(ca !== undefined && { caData: Buffer.from(ca).toString('base64') }),
    },
    { name: 'tenure', token },
  );
  const contentType = (type: string): CallOptions => library.setHeaderOptions('Content-Type', type);
  return {
    custom: new library.CustomObjectsApi(configuration),
    core: new library.CoreV1Api(configuration),
    networking: new library.NetworkingV1Api(configuration),
    watch: new library.Watch(config),
    merge: contentType(library.PatchStrategy.MergePatch),
    apply: contentType(library.PatchStrategy.ServerSideApply),
  };
}

/** What is not 2xx, or not JSON, never reaches the generated client's parser, whose errors are untyped. */
function carrierOf(library: Library, api: Api, server: string): Parameters<typeof wrapHttpLibrary>[0] {
  const prefix = new URL(server).pathname.replace(/\/$/, '');
  return {
    async send(request) {
      const url = new URL(request.getUrl());
      const body = request.getBody();
      const contentType = request.getHeaders()['Content-Type'];
      const exchange = await api.call({
        method: request.getHttpMethod() as HttpCall['method'],
        path: url.pathname.slice(prefix.length),
        query: Object.fromEntries(url.searchParams),
        ...(typeof body === 'string' && { body: JSON.parse(body) as unknown }),
        ...(contentType !== undefined && { headers: { 'Content-Type': contentType } }),
      });
      const { answer } = exchange;
      const text = JSON.stringify(readJson(z.looseObject({}), exchange));
      return new library.ResponseContext(
        answer.status,
        { 'content-type': 'application/json' },
        { binary: () => Promise.resolve(Buffer.from(text, 'utf8')), text: () => Promise.resolve(text) },
      );
    },
  };
}

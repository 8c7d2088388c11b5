/** What Coolify answers, as far as the driver needs it (API v1, https://coolify.io/docs/api-reference). */
import { z } from 'zod';

const description = z.string().nullish();
const fqdn = z.string().nullish();

export const Application = z.object({
  uuid: z.string().min(1),
  name: z.string(),
  description,
  /** Addresses of the application, separated by commas. */
  fqdn,
  status: z.string().optional(),
  created_at: z.string().optional(),
});
export type Application = z.infer<typeof Application>;

export const Service = z.object({
  uuid: z.string().min(1),
  name: z.string(),
  description,
  status: z.string().optional(),
  /** Its containers that can have an address; lists may leave them out. */
  applications: z.array(z.object({ name: z.string(), fqdn })).optional(),
  created_at: z.string().optional(),
});
export type Service = z.infer<typeof Service>;

/** Lists come whole, as bare arrays. */
export const Applications = z.array(Application);
export const Services = z.array(Service);

export const Created = z.object({ uuid: z.string().min(1) });

export const Deploying = z.object({
  deployments: z.array(z.object({ resource_uuid: z.string(), deployment_uuid: z.string().optional() })),
});

export const Restarting = z.object({ deployment_uuid: z.string().optional() });

const Deployment = z.object({ deployment_uuid: z.string(), status: z.string() });
export type Deployment = z.infer<typeof Deployment>;
/** The description promises a bare array; the server answers with an object. */
export const Deployments = z.union([
  z.object({ deployments: z.array(Deployment) }).transform(({ deployments }) => deployments),
  z.array(Deployment),
]);

export const Server = z.object({
  uuid: z.string().min(1),
  name: z.string(),
  settings: z
    .object({
      is_reachable: z.boolean().nullish(),
      is_usable: z.boolean().nullish(),
      is_build_server: z.boolean().nullish(),
      force_disabled: z.boolean().nullish(),
    })
    .nullish(),
});
export type Server = z.infer<typeof Server>;
export const Servers = z.array(Server);

export const Resources = z.array(z.object({ uuid: z.string() }));

export const ApiError = z.object({
  message: z.string(),
  /** What Laravel says of each field: one text, or several. */
  errors: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
});

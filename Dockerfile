# One image for the API, every worker kind and the migrations; the command chooses.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && node dist/workers/bundle-cli.js dist/workflow-bundle.js && npm prune --omit=dev

FROM node:22-bookworm-slim
# tini passes signals on, so that workers drain on SIGTERM.
RUN apt-get update && apt-get install -y --no-install-recommends tini ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production WORKFLOW_BUNDLE=/app/dist/workflow-bundle.js API_HOST=0.0.0.0
COPY --from=build --chown=node:node /app/package.json /app/package-lock.json /app/catalog.yaml ./
COPY --from=build --chown=node:node /app/deploy/images ./deploy/images
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
COPY --from=build --chown=node:node /app/web/dist ./web/dist
COPY --from=build --chown=node:node /app/api/openapi.json ./api/openapi.json
USER node
ENTRYPOINT ["tini", "--"]
CMD ["node", "--enable-source-maps", "dist/workers/api.js"]

# One image for all apps of the demo, and for any app that is added to it:
#
#   docker build -t m3game .
#   docker run m3game run demo/uidapp/app.ts -idstr demo.world1.uid.1 -conf demo/config/uidapp.toml
#
# And one for its web page, told where browsers reach the gates:
#
#   docker build --target page -t m3game-page .
#   docker run m3game-page wss://game.example/
#
# BASE needs Node 24 and npm, in a system with glibc.
ARG BASE=node:24-bookworm-slim

# The framework's packages as they would be published.
FROM ${BASE} AS packages
WORKDIR /src
COPY . .
RUN npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
RUN node scripts/pack.ts /packages && rm /packages/m3game-testing-*.tgz
RUN node_modules/.bin/vite build demo/web --base=./ --target=es2022 --outDir=/page/dist \
  && node_modules/.bin/rolldown demo/web/serve.ts --platform=node --format=esm --file=/page/serve.js

# What runs: these packages, and what they depend on.
FROM ${BASE} AS modules
WORKDIR /app
COPY --from=packages /packages /packages
COPY demo/package.json ./
RUN npm pkg delete devDependencies \
  && npm install --ignore-scripts --no-audit --no-fund --loglevel=error /packages/*.tgz

FROM ${BASE} AS page
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="m3game-page" \
  org.opencontainers.image.description="The web page of m3game's demo" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=packages /page ./
EXPOSE 32400
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s CMD ["node", "-e", "process.exit((await fetch('http://127.0.0.1:32400/gates.json')).ok ? 0 : 1)"]
ENTRYPOINT ["node", "serve.js"]

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="m3game" \
  org.opencontainers.image.description="The apps of m3game's demo, a game backend" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=modules /app ./
COPY demo ./demo
# A container has a network of its own: all apps have the same ports there, and nothing else has to be told that.
ENV NODE_ENV=production \
  M3__Plugin__Trans__trans_tcp__Host=0.0.0.0 \
  M3__Plugin__Trans__trans_tcp__Port=20050 \
  M3__Plugin__Trans__trans_http2__Host=0.0.0.0 \
  M3__Plugin__Trans__trans_http2__Port=20051 \
  M3__Plugin__Metric__metric_prom__Host=0.0.0.0 \
  M3__Plugin__Metric__metric_prom__Port=40003
EXPOSE 20050 20051 40003
# A number, so that whoever runs it can see that it is not root. Nothing is written but to /tmp.
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "node_modules/@m3game/cli/dist/main.js", "health", "127.0.0.1:20051"]
# Node itself is the process that gets the signals.
ENTRYPOINT ["node", "node_modules/@m3game/cli/dist/main.js"]
CMD ["help"]

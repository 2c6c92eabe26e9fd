# Two stages: the first has compilers and all packages, the second only what runs.
# The second runs as an ordinary user and needs to write nowhere but in /var/lib/aluco.

FROM node:24-bookworm AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY build.config.ts tsconfig.json ./
COPY src ./src
COPY views ./views
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production ALUCO_LISTEN=0.0.0.0 ALUCO_PORT=8080 ALUCO_DATA=/var/lib/aluco/data
WORKDIR /opt/aluco
COPY package.json ./
COPY migrations ./migrations
COPY views/assets ./views/assets
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN ln -s /opt/aluco/dist/cli.js /usr/local/bin/aluco && chmod 755 dist/cli.js \
  && install -d -o node -g node -m 700 /var/lib/aluco
USER node
VOLUME /var/lib/aluco
EXPOSE 8080 2525
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.ALUCO_PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]

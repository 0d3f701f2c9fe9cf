// Starts Swagger UI, authorised by the credential of the spec's example: the first Execute answers 200.
"use strict";

async function start() {
  const { title, url, credentials } = await (await fetch("settings.json")).json();
  document.title = title;
  const ui = SwaggerUIBundle({
    url,
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    persistAuthorization: true,
    filter: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    requestInterceptor: (request) => authorised(request, credentials),
    onComplete: () => credentials.forEach((credential) => unlock(ui, credential)),
  });
}

/** Add the credentials that a request does not have: Swagger UI cannot send every kind. */
function authorised(request, credentials) {
  const sent = new Set(Object.keys(request.headers ?? {}).map((name) => name.toLowerCase()));
  const url = new URL(request.url, location.href);
  for (const { place, field, value } of credentials) {
    if (place === "header" && !sent.has(field.toLowerCase())) request.headers = { ...request.headers, [field]: value };
    else if (place === "query" && !url.searchParams.has(field)) url.searchParams.set(field, value);
  }
  request.url = url.href;
  return request;
}

/** Show a scheme as authorised. */
function unlock(ui, { scheme, kind, value }) {
  if (kind === "bearer") ui.preauthorizeApiKey(scheme, value.replace(/^Bearer /, ""));
  else if (kind === "apiKey") ui.preauthorizeApiKey(scheme, value);
}

start();

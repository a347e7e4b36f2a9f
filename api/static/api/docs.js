"use strict";

const place = document.getElementById("swagger-ui");

// A write carries the token of the session that the browser holds at that moment.
const withToken = async (request) => {
  if (!["GET", "HEAD"].includes((request.method || "GET").toUpperCase())) {
    const session = await fetch(place.dataset.session, { credentials: "same-origin" });
    request.headers["X-CSRFToken"] = (await session.json()).csrf_token;
  }
  return request;
};

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: withToken,
});

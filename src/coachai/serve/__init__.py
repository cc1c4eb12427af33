"""Ray Serve, the only place that knows of it: the pipeline's models as deployments, and a face in HTTP."""

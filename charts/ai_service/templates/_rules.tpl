{{/*
Rules of Prometheus for what is promised. An alert of the error budget needs two windows: the long one says that it matters,
the short one that it still goes on (the SRE workbook's chapter on alerting).
*/}}
{{- define "ai-service.rules" -}}
{{- $name := include "ai-service.fullname" . -}}
{{- $of := printf `namespace="%s",app="%s"` .Release.Namespace $name -}}
{{- $slo := .Values.slo -}}
groups:
  - name: service-{{ $name }}
    rules:
      {{- range $window := list "5m" "30m" "1h" "6h" }}
      - record: service:http_requests:error_ratio_{{ $window }}
        expr: >-
          (sum by (namespace, app, track) (rate(http_requests_total{ {{- $of -}} ,status=~"5.."}[{{ $window }}]))
          or 0 * sum by (namespace, app, track) (rate(http_requests_total{ {{- $of -}} }[{{ $window }}])))
          / (sum by (namespace, app, track) (rate(http_requests_total{ {{- $of -}} }[{{ $window }}])) > 0)
        labels:
          service: {{ $name }}
      {{- end }}
      - record: service:http_request_duration_seconds:p95_5m
        expr: >-
          histogram_quantile(0.95, sum by (namespace, app, track, le)
          (rate(http_request_duration_seconds_bucket{ {{- $of -}} }[5m])))
        labels:
          service: {{ $name }}
      {{- if $slo.availability }}
      {{- /* Written out, so that 100 - 99.9 is 0.1 and not 0.09999999999999432. */}}
      {{- $budget := printf "%.6f" (divf (subf 100.0 (float64 $slo.availability)) 100.0) }}
      {{- range $rate := list (dict "name" "Fast" "factor" "14.4" "long" "1h" "short" "5m" "for" "2m" "severity" "critical") (dict "name" "Slow" "factor" "6" "long" "6h" "short" "30m" "for" "15m" "severity" "warning") }}
      - alert: ServiceErrorBudgetBurns{{ $rate.name }}
        expr: >-
          max by (namespace, app, track) (service:http_requests:error_ratio_{{ $rate.long }}{ {{- $of -}} }) > {{ $rate.factor }} * {{ $budget }}
          and
          max by (namespace, app, track) (service:http_requests:error_ratio_{{ $rate.short }}{ {{- $of -}} }) > {{ $rate.factor }} * {{ $budget }}
        for: {{ $rate.for }}
        labels:
          severity: {{ $rate.severity }}
          service: {{ $name }}
          {{- with $.Values.team }}
          team: {{ . }}
          {{- end }}
        annotations:
          summary: '{{ $name }} loses its error budget {{ $rate.factor }} times too fast'
          description: >-
            {{ "{{" }} $value | humanizePercentage {{ "}}" }} of its requests fail over {{ $rate.long }}; {{ $slo.availability }} % without
            an error are promised. Look at its newest rollout first: playbooks/rollback_service.yml takes it back.
      {{- end }}
      {{- end }}
      {{- with $slo.latencyP95Milliseconds }}
      - alert: ServiceSlow
        expr: max by (namespace, app, track) (service:http_request_duration_seconds:p95_5m{ {{- $of -}} }) > {{ divf . 1000.0 }}
        for: 10m
        labels:
          severity: warning
          service: {{ $name }}
          {{- with $.Values.team }}
          team: {{ . }}
          {{- end }}
        annotations:
          summary: '{{ $name }} answers slowly'
          description: >-
            5 of 100 requests take longer than {{ "{{" }} $value | humanizeDuration {{ "}}" }}; {{ . }} ms are promised. Look whether its pods are
            at their limits, and whether what it calls is slow.
      {{- end }}
{{- end }}

# Three garage nodes on three Nomad clients, found through Consul. Each client offers two host volumes, garage-meta and
# garage-data; secrets come from Nomad's variables at nomad/jobs/garage (rpc_secret, consul_token):
#
#   nomad var put nomad/jobs/garage rpc_secret=$(openssl rand -hex 32) consul_token=<a token, see deploy/nomad/README.md>
#   nomad job run garage.nomad.hcl
job "garage" {
  datacenters = ["*"]
  type        = "service"

  # Never two nodes down at once.
  update {
    max_parallel      = 1
    health_check      = "checks"
    min_healthy_time  = "30s"
    healthy_deadline  = "5m"
    progress_deadline = "10m"
  }

  group "garage" {
    count = 3

    # A node is its volumes: it is not started elsewhere without them.
    constraint { distinct_hosts = true }
    spread { attribute = "${node.datacenter}" }
    disconnect {
      lost_after = "1h"
      replace    = false
    }
    restart {
      attempts = 10
      interval = "10m"
      delay    = "15s"
      mode     = "delay"
    }

    network {
      mode = "host"
      port "s3" { static = 3900 }
      port "rpc" { static = 3901 }
      port "web" { static = 3902 }
      port "admin" { static = 3903 }
    }

    volume "meta" {
      type   = "host"
      source = "garage-meta"
    }
    volume "data" {
      type   = "host"
      source = "garage-data"
    }

    # For clients. Nodes register themselves under "garage" by their own.
    service {
      name = "garage-s3"
      port = "s3"
      check {
        type     = "http"
        port     = "admin"
        path     = "/health/ready"
        interval = "10s"
        timeout  = "5s"
      }
    }

    task "garage" {
      driver       = "docker"
      kill_signal  = "SIGTERM"
      kill_timeout = "60s"

      config {
        image        = "garage:latest"
        entrypoint   = ["/garage", "server"]
        network_mode = "host"
        volumes      = ["secrets/garage.toml:/etc/garage.toml:ro"]
      }
      env {
        GARAGE_CONFIG_FILE = "/etc/garage.toml"
      }

      volume_mount {
        volume      = "meta"
        destination = "/mnt/meta"
      }
      volume_mount {
        volume      = "data"
        destination = "/mnt/data"
      }

      template {
        destination = "secrets/garage.toml"
        perms       = "600"
        # Settings are read at the start only; a changed file must not restart all nodes together.
        change_mode = "noop"
        data        = <<-TOML
          metadata_dir = "/mnt/meta"
          data_dir = "/mnt/data"
          replication_factor = 3

          rpc_bind_addr = "0.0.0.0:3901"
          rpc_public_addr = "{{ env "NOMAD_IP_rpc" }}:3901"
          {{ with nomadVar "nomad/jobs/garage" }}
          rpc_secret = "{{ .rpc_secret }}"

          [consul_discovery]
          api = "agent"
          consul_http_addr = "http://127.0.0.1:8500"
          service_name = "garage"
          token = "{{ .consul_token }}"
          {{ end }}

          [s3_api]
          s3_region = "garage"
          api_bind_addr = "0.0.0.0:3900"
          root_domain = ".s3.garage.localhost"

          [s3_web]
          bind_addr = "0.0.0.0:3902"
          root_domain = ".web.garage.localhost"

          [admin]
          api_bind_addr = "0.0.0.0:3903"
        TOML
      }

      resources {
        cpu    = 1000
        memory = 1024
      }
    }
  }
}
